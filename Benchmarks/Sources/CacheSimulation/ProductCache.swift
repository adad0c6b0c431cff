// SPDX-License-Identifier: Apache-2.0

import TileCache

/// The cache that nodes have, itself.
struct ProductCache: CachePolicy {
    static let name = "S3-FIFO (ours)"

    private let tiles: MemoryTiles<Int, Int>

    init(budget: Int, accesses: [CacheAccess]) { tiles = MemoryTiles(budget: budget, layer: "simulation") }

    mutating func access(_ place: Int, _ access: CacheAccess) -> Bool {
        if tiles.value(for: access.key) != nil { return true }
        tiles.insert(0, bytes: access.bytes, for: access.key)
        return false
    }
}
