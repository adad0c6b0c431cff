// SPDX-License-Identifier: Apache-2.0

import Affinity

/// Maglev hashing (Eisenbud et al.: "Maglev: a fast and reliable software network load balancer", 2016, section 3.4): the
/// members take entries of a table in turns, each in an order of its own.
final class Maglev: Balancer {
    private let entries: [Int32]

    init(_ members: [Int], size: Int = 65_537) {
        let orders = members.map { member in
            let hash = StableHash.hash(PolicyBalancer.id(member).utf8)
            return (offset: Int(hash >> 32) % size, skip: Int(hash & 0xFFFF_FFFF) % (size - 1) + 1)
        }
        var entries = [Int32](repeating: -1, count: size)
        var next = [Int](repeating: 0, count: members.count)
        var filled = 0
        while filled < size {
            for place in members.indices where filled < size {
                var entry: Int
                repeat {
                    entry = (orders[place].offset + next[place] * orders[place].skip) % size
                    next[place] += 1
                } while entries[entry] >= 0
                entries[entry] = Int32(members[place])
                filled += 1
            }
        }
        self.entries = entries
    }

    func choose(_ key: UInt64, _ draw: UInt64, _ loads: [Int]) -> Int { Int(entries[Int(key % UInt64(entries.count))]) }
}
