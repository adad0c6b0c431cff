// SPDX-License-Identifier: Apache-2.0

/// Look-ups of a tile cache since the start.
package struct TileCount: Sendable, Codable, Hashable {
    package var hits: Int
    package var misses: Int

    package init(hits: Int, misses: Int) {
        self.hits = hits
        self.misses = misses
    }
}
