// SPDX-License-Identifier: Apache-2.0

/// One document, one node: rendezvous hashing over the document id, with bounded load. The default.
package struct DocumentPolicy: RoutingPolicy {
    package static let name = "document"
    package static let key = AffinityKeySource.document

    package init() {}

    package func rank(_ key: AffinityKey, _ table: RoutingTable, load: (Int) -> Int, into list: inout CandidateList) {
        guard let hash = key.hash else {
            return LeastLoaded.rank(table, tieBreak: UInt64.random(in: .min ... .max), load: load, into: &list)
        }
        Rendezvous.rank(hash, table, into: &list)
        list.isOwner = true
        BoundedLoad.apply(to: &list, table, load: load)
    }
}
