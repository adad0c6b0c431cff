// SPDX-License-Identifier: Apache-2.0

import CKernel
import NIOCore
import Testing
import TileCache
import TileModel

@testable import TileService

struct TileMemoryTests {
    private static func key(_ number: Int) throws -> TileKey {
        // Names of their own, as requests bring them.
        let document = PinnedDocument(
            try DocumentID("folder/document-\(number % 50).pdf"), try DocumentVersion("0123456789abcdef-\(number % 50)")
        )
        let region = PixelRegion(x: number, y: 0, width: 512, height: 512)
        return TileKey(
            document: RequestedDocument(document),
            tile: Tile(page: 1, region: region, size: PixelSize(width: 512, height: 512), format: .png))
    }

    private static func tile(_ bytes: Int) -> RenderedTile {
        RenderedTile(
            data: ByteBuffer(repeating: 7, count: bytes), size: PixelSize(width: 512, height: 512), format: .png,
            entityTag: "\"0123456789abcdef01234567\"")
    }

    @Test("what the tile cache says it holds is what malloc gave for it, within 5 %")
    func accounts() async {
        // In a process of its own: other tests allocate too.
        await #expect(processExitsWith: .success) {
            let before = recto_allocated_bytes()
            let tiles = MemoryTiles<TileKey, RenderedTile>(budget: 48 << 20, layer: "test")
            for number in 0..<4000 {
                let (key, tile) = (try Self.key(number), Self.tile(2000 + number * 7919 % 38_000))
                tiles.insert(tile, bytes: tile.heapBytes + key.heapBytes, for: key)
            }
            let (held, taken) = (tiles.usage.bytes, recto_allocated_bytes() - before)
            #expect(tiles.usage.evictions > 500 && held <= 48 << 20)
            #expect(abs(held - taken) * 20 <= taken, "it says \(held), malloc gave \(taken)")
        }
    }
}
