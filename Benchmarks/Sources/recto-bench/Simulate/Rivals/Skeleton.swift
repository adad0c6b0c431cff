// SPDX-License-Identifier: Apache-2.0

import Affinity

/// Hierarchical rendezvous hashing (Yao, Ravishankar: "Virtual servers and hierarchical rendezvous", 2009, in outline): a
/// tree of 8 branches over the members' numbers; at each fork the branches are weighed by how many members they have, so
/// that all get as much. A look-up costs as many steps as the tree has levels.
final class Skeleton: Balancer {
    private static let branches = 8
    private let counts: [[Int]]

    init(_ members: [Int]) {
        var level = [Int](repeating: 0, count: 1)
        var width = 1
        while width <= (members.max() ?? 0) { width *= Self.branches }
        level = [Int](repeating: 0, count: width)
        for member in members { level[member] = 1 }
        var levels = [level]
        while level.count > 1 {
            let below = level
            level = stride(from: 0, to: below.count, by: Self.branches).map { first in
                below[first..<(first + Self.branches)].reduce(0, +)
            }
            levels.append(level)
        }
        counts = levels.reversed()
    }

    func choose(_ key: UInt64, _ draw: UInt64, _ loads: [Int]) -> Int {
        var place = 0
        FixedLogarithm.table.withUnsafeBufferPointer { logarithms in
            for (depth, level) in counts.enumerated().dropFirst() {
                var best = (distance: UInt64.max, branch: -1)
                for branch in (place * Self.branches)..<((place + 1) * Self.branches) where level[branch] > 0 {
                    let seed = StableHash.mix(UInt64(depth) << 32 | UInt64(branch)) | 1
                    let hash = StableHash.pair(key, seed)
                    let distance = FixedLogarithm.negative(hash, logarithms) * 4096 / UInt64(level[branch])
                    if distance < best.distance { best = (distance, branch) }
                }
                place = best.branch
            }
        }
        return place
    }
}
