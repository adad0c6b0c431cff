// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Each request to the next node, whatever it asks for.
package final class RoundRobinPolicy: RoutingPolicy {
    package static let name = "round-robin"
    package static let key = AffinityKeySource.none

    private let next = Atomic<Int>(0)

    package init() {}

    package func rank(_ key: AffinityKey, _ table: RoutingTable, load: (Int) -> Int, into list: inout CandidateList) {
        let count = table.nodes.count
        guard count > 0 else { return }
        let turn = next.wrappingAdd(1, ordering: .relaxed).oldValue
        // Only those that are ready take turns, or the one after a draining node would get two.
        for availability in RoutingNode.Availability.allCases {
            let members = table.nodes.count { $0.availability == availability }
            guard members > 0 else { continue }
            let first = Int(UInt(bitPattern: turn) % UInt(members))
            for pass in 0...1 {
                var place = 0
                for index in table.nodes.indices where table.nodes[index].availability == availability {
                    if pass == 0 ? place >= first : place < first { list.append(index) }
                    place += 1
                }
            }
        }
    }
}
