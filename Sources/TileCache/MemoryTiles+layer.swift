// SPDX-License-Identifier: Apache-2.0

package import TileModel

extension MemoryTiles: CacheLayer where Key: DocumentKeyed {
    package func holdings(_ selection: DocumentSelection, most count: Int) async -> [LayerHolding] {
        LayerHolding.most(count, of: sizes { selection.contains($0.cachedDocument) }.map { ($0.cachedDocument, $1) })
    }

    package func purge(_ selection: DocumentSelection) async {
        removeAll { selection.contains($0.cachedDocument) }
    }
}
