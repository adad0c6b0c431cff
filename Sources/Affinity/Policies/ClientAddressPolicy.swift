// SPDX-License-Identifier: Apache-2.0

/// One client address, one node, as load balancers without a look into HTTP do it. All readers behind one proxy share a
/// node.
package struct ClientAddressPolicy: RoutingPolicy {
    package static let name = "client-address"
    package static let key = AffinityKeySource.clientAddress

    package init() {}

    package func rank(_ key: AffinityKey, _ table: RoutingTable, load: (Int) -> Int, into list: inout CandidateList) {
        guard let hash = key.hash else {
            return LeastLoaded.rank(table, tieBreak: UInt64.random(in: .min ... .max), load: load, into: &list)
        }
        Rendezvous.rank(hash, table, into: &list)
        list.isOwner = true
    }
}
