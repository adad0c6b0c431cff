// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CacheSimulation
import Foundation

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
        if let output { try JSONEncoder().encode(rows).write(to: URL(fileURLWithPath: output)) }
    }

    private func measure(
        _ policy: any CachePolicy.Type, _ budget: Int, _ accesses: [CacheAccess], _ share: Double
    ) -> Row {
        var cache = policy.init(budget: budget, accesses: accesses)
        var hits = 0
        let start = ContinuousClock.now
        for (place, access) in accesses.enumerated() where cache.access(place, access) { hits += 1 }
        let time = ContinuousClock.now - start
        return Row(
            policy: policy.name, share: share, hitRatio: Double(hits) / Double(accesses.count),
            nanoseconds: time / .nanoseconds(1) / Double(accesses.count))
    }
}
