// SPDX-License-Identifier: Apache-2.0

import TileCache
import TileModel

/// A tier, and what waits to be written to it. As a layer it forgets what waits, too.
final class TierWrites: CacheLayer {
    let tier: any TileTier
    private let writes: WriteBehind

    init(_ tier: any TileTier) {
        self.tier = tier
        writes = WriteBehind(layer: tier.name)
    }

    /// Returns at once.
    func keep(_ value: [UInt8], cost: Duration, for key: TierKey) {
        writes.add(bytes: value.count) { [tier] in await tier.keep(value, cost: cost, for: key) }
    }

    /// Returns when what waits has been written.
    func flush() async { await writes.inOrder {} }

    // MARK: CacheLayer

    var name: String { tier.name }
    var usage: LayerUsage { tier.usage }

    func holdings(_ selection: DocumentSelection, most count: Int) async -> [LayerHolding] {
        await tier.holdings(selection, most: count)
    }

    func purge(_ selection: DocumentSelection) async {
        await writes.inOrder { [tier] in await tier.purge(selection) }
    }
}
