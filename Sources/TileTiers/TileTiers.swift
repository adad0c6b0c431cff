// SPDX-License-Identifier: Apache-2.0

/// The registry of tiers, nearest first.
package enum TileTiers {
    static let all: [any (TileTier & SendableMetatype).Type] = [
        DiskTiles.self, SharedTiles.self,
    ]

    /// The tiers that the settings ask for, in the order in which they are looked up.
    /// - Throws: `TierSettings.Invalid`.
    package static func open(_ settings: TierSettings) throws -> TierChain {
        TierChain(try all.compactMap { try $0.open(settings) })
    }
}
