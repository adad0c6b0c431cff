// SPDX-License-Identifier: Apache-2.0

/// One document, one node: rendezvous hashing over the document id, with bounded load. The default.
package struct DocumentPolicy: RoutingPolicy {
    package static let name = "document"
    package static let key = AffinityKeySource.document

    package init() {}

    package func rank(
        _ request: RoutingRequest, _ table: RoutingTable, load: (Int) -> Int, into list: inout CandidateList
    ) {
        Rendezvous.rank(request, table, load: load, into: &list)
        if list.isOwner { BoundedLoad.apply(request, to: &list, table, load: load) }
    }
}
