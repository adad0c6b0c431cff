// SPDX-License-Identifier: Apache-2.0

/// One client address, one node, as load balancers without a look into HTTP do it. All readers behind one proxy share a
/// node.
package struct ClientAddressPolicy: RoutingPolicy {
    package static let name = "client-address"
    package static let key = AffinityKeySource.clientAddress

    package init() {}

    package func rank(
        _ request: RoutingRequest, _ table: RoutingTable, load: (Int) -> Int, into list: inout CandidateList
    ) {
        Rendezvous.rank(request, table, load: load, into: &list)
    }
}
