// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CAllocations
import CacheSimulation
import Foundation
import TileCache

/// How often tiles are found in a cache, by policy and size.
struct CacheCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "caches", abstract: "Compares cache policies on what readers ask for, without sockets.")

    @Option var documents = 5_000
    @Option(help: "Look-ups.") var count = 1_000_000
    @Option var seed: UInt64 = 1

    @Option(help: "A file for the figures as JSON.")
    var output: String?

    private struct Row: Codable {
        var policy: String
        /// Of the footprint.
        var share: Double
        var hitRatio: Double
        var nanoseconds: Double
    }

    private static let shares = [0.001, 0.003, 0.01, 0.03, 0.1]

    func run() throws {
        let accesses = ReadingAccesses.make(documents: documents, count: count, seed: seed)
        let footprint = Dictionary(accesses.map { ($0.key, $0.bytes) }, uniquingKeysWith: { first, _ in first })
            .values.reduce(0, +)
        print("\(accesses.count) look-ups, \(footprint >> 20) MiB of different tiles\n")
        print("hit ratio in % with a cache of" + Self.shares.map { "  \($0 * 100) %" }.joined() + "   ns a look-up")
        var rows: [Row] = []
        for policy in CachePolicies.all {
            let own = Self.shares.map { share in
                measure(policy, Int(share * Double(footprint)), accesses, share)
            }
            rows += own
            let cells = own.map { "\((($0.hitRatio * 1000).rounded()) / 10)" }
            let mean = own.reduce(0) { $0 + $1.nanoseconds } / Double(own.count)
            print(
                policy.name.padding(toLength: 32, withPad: " ", startingAt: 0) + cells.joined(separator: "   ")
                    + "   \(Int(mean))")
        }
        print("\nA hit alone: \(Self.hit())")
        if let output { try JSONEncoder().encode(rows).write(to: URL(fileURLWithPath: output)) }
    }

    private func measure(
        _ policy: any CachePolicy.Type, _ budget: Int, _ accesses: [CacheAccess], _ share: Double
    ) -> Row {
        var cache = policy.init(budget: budget, accesses: accesses)
        var hits = 0
        let start = ThreadTime.now
        for (place, access) in accesses.enumerated() where cache.access(place, access) { hits += 1 }
        let time = ThreadTime.now - start
        return Row(
            policy: policy.name, share: share, hitRatio: Double(hits) / Double(accesses.count),
            nanoseconds: time / .nanoseconds(1) / Double(accesses.count))
    }

    /// What a look-up costs that finds its value, and what it allocates.
    private static func hit() -> String {
        let cache = MemoryTiles<Int, Int>(budget: 1 << 26, layer: "hits")
        for key in 0..<2000 { cache.insert(key, bytes: 20_000, for: key) }
        let rounds = 100
        // The first access of a thread may allocate.
        _ = cache.value(for: 0)
        let allocations = recto_allocations()
        let start = ThreadTime.now
        var found = 0
        for _ in 0..<rounds { for key in 0..<2000 where cache.value(for: key) != nil { found += 1 } }
        let time = ThreadTime.now - start
        let each = time / .nanoseconds(1) / Double(rounds * 2000)
        return "\(Int(each)) ns, \(recto_allocations() - allocations) allocations in \(found)"
    }
}
