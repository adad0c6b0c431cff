// SPDX-License-Identifier: Apache-2.0

import Metrics
import TileCache

/// What the block cache counts. Blocks are what is hit, missed and evicted.
struct BlockMetrics: Sendable {
    let counts = LayerCounts(layer: "blocks")
    private let fetches: Counter
    private let fetchedBytes: Counter

    init() {
        let dimensions = [("layer", counts.layer)]
        fetches = Counter(label: "recto_cache_fetches_total", dimensions: dimensions)
        fetchedBytes = Counter(label: "recto_cache_fetched_bytes_total", dimensions: dimensions)
    }

    func asked(present: Int, absent: Int) {
        counts.hit(present)
        counts.missed(absent)
    }

    func fetched(_ count: Int) {
        fetches.increment()
        fetchedBytes.increment(by: count)
    }
}
