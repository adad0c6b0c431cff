// SPDX-License-Identifier: Apache-2.0

package import TileCache

/// The tiers of a process, one behind the other.
///
/// A look-up asks them in order. What was found or made is written to those that lack it after the answer, in the background:
/// writing delays nobody, and what comes faster than a tier takes it is not kept there.
package final class TierChain: Sendable {
    package struct Found: Sendable {
        package let value: [UInt8]
        /// How `Server-Timing` calls the tier.
        package let tier: String
    }

    private let tiers: [(tier: any TileTier, writes: TierWrites)]

    package init(_ tiers: [any TileTier] = []) { self.tiers = tiers.map { ($0, TierWrites($0)) } }

    package var isEmpty: Bool { tiers.isEmpty }
    /// A purge takes what waits to be written with it.
    package var layers: [any CacheLayer] { tiers.map(\.writes) }

    package func value(for key: TierKey) async -> Found? {
        for (place, tier) in tiers.enumerated() {
            guard let value = await tier.tier.value(for: key) else { continue }
            // What it cost nobody knows any more; it was dear enough to be kept there.
            for nearer in tiers[..<place] { nearer.writes.keep(value, cost: Self.costOfFound, for: key) }
            return Found(value: value, tier: tier.tier.shortName)
        }
        return nil
    }

    /// Returns at once.
    /// - Parameter cost: what making it took.
    package func keep(_ value: [UInt8], cost: Duration, for key: TierKey) {
        for tier in tiers { tier.writes.keep(value, cost: cost, for: key) }
    }

    /// Returns when everything that waited has been written.
    package func flush() async { for tier in tiers { await tier.writes.flush() } }

    /// As a tile of a text page: cheaper ones are not worth a way over the network.
    private static let costOfFound: Duration = .milliseconds(2)
}
