// SPDX-License-Identifier: Apache-2.0

import Affinity

/// Rendezvous hashing of 65,536 slots, worked out when the members change; a key belongs to the member of its slot.
final class SlotTable: Balancer {
    private let owners: [Int32]

    init(_ members: [Int]) {
        let seeds = members.map { StableHash.hash(PolicyBalancer.id($0).utf8) | 1 }
        owners = (0..<65_536).map { slot in
            let key = StableHash.mix(UInt64(slot) + 1)
            let best = seeds.indices.max { StableHash.pair(key, seeds[$0]) < StableHash.pair(key, seeds[$1]) }
            return Int32(members[best ?? 0])
        }
    }

    func choose(_ key: UInt64, _ draw: UInt64, _ loads: [Int]) -> Int { Int(owners[Int(key >> 48)]) }
}
