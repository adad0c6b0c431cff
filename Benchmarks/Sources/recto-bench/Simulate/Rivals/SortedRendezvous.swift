// SPDX-License-Identifier: Apache-2.0

import Affinity

/// Rendezvous hashing that puts all members in order for each key.
final class SortedRendezvous: Balancer {
    private let members: [Int]
    private let seeds: [UInt64]
    private var order: [Int] = []

    init(_ members: [Int]) {
        self.members = members
        seeds = members.map { StableHash.hash(PolicyBalancer.id($0).utf8) | 1 }
    }

    func choose(_ key: UInt64, _ draw: UInt64, _ loads: [Int]) -> Int {
        order.removeAll(keepingCapacity: true)
        order.append(contentsOf: seeds.indices)
        order.sort { StableHash.pair(key, seeds[$0]) > StableHash.pair(key, seeds[$1]) }
        return members[order[0]]
    }
}
