// SPDX-License-Identifier: Apache-2.0

/// Of two nodes drawn at random the one that works on less (Mitzenmacher: "The power of two choices in randomized load
/// balancing", 2001): nearly as even as looking at all, and routers whose view is old do not all choose the same one.
package struct PowerOfTwoPolicy: RoutingPolicy {
    package static let name = "power-of-two"
    package static let key = AffinityKeySource.none

    package init() {}

    package func rank(_ key: AffinityKey, _ table: RoutingTable, load: (Int) -> Int, into list: inout CandidateList) {
        Rendezvous.rank(UInt64.random(in: .min ... .max), table, into: &list)
        guard list.indices.count > 1, table.nodes[list.indices[1]].availability == .ready,
            load(list.indices[1]) < load(list.indices[0])
        else { return }
        list.promote(1)
    }
}
