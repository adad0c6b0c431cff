// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Each request to the next node, whatever it asks for; a node of twice the weight has two turns a round.
package final class RoundRobinPolicy: RoutingPolicy {
    package static let name = "round-robin"
    package static let key = AffinityKeySource.none

    private let next = Atomic<UInt>(0)

    package init() {}

    package func rank(
        _ request: RoutingRequest, _ table: RoutingTable, load: (Int) -> Int, into list: inout CandidateList
    ) {
        let turn = next.wrappingAdd(1, ordering: .relaxed).oldValue
        // Only those that are ready take turns, or the one after a draining node would get two.
        Turns.fill(table, into: &list) { tier in
            tier.member(atTurn: Int(turn % UInt(tier.turns)) * tier.stride % tier.turns)
        }
    }
}
