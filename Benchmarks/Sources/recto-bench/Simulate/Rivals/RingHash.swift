// SPDX-License-Identifier: Apache-2.0

import Affinity

/// Consistent hashing (Karger et al., 1997) as libketama has it: each member stands at 160 points of a ring, a key belongs to
/// the next point.
final class RingHash: Balancer {
    private let points: [UInt64]
    private let members: [Int]

    init(_ members: [Int], pointsEach: Int = 160) {
        let ring = members.flatMap { member in
            (0..<pointsEach).map { (StableHash.hash("\(PolicyBalancer.id(member))-\($0)".utf8), member) }
        }.sorted { $0.0 < $1.0 }
        points = ring.map(\.0)
        self.members = ring.map(\.1)
    }

    func choose(_ key: UInt64, _ draw: UInt64, _ loads: [Int]) -> Int {
        var (low, high) = (0, points.count)
        while low < high {
            let middle = (low + high) / 2
            if points[middle] < key { low = middle + 1 } else { high = middle }
        }
        return members[low < members.count ? low : 0]
    }
}
