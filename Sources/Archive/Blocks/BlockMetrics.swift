// SPDX-License-Identifier: Apache-2.0

import Metrics
import TileCache

/// What the block cache counts. Blocks are what is hit, missed and evicted; entries are documents.
struct BlockMetrics: Sendable {
    static let layer = "blocks"
    private static let dimensions = [("layer", layer)]

    let counts = LayerCounts()
    private let hits = Counter(label: "recto_cache_hits_total", dimensions: dimensions)
    private let misses = Counter(label: "recto_cache_misses_total", dimensions: dimensions)
    private let evictions = Counter(label: "recto_cache_evictions_total", dimensions: dimensions)
    private let fetches = Counter(label: "recto_cache_fetches_total", dimensions: dimensions)
    private let fetchedBytes = Counter(label: "recto_cache_fetched_bytes_total", dimensions: dimensions)
    private let bytes = Gauge(label: "recto_cache_bytes", dimensions: dimensions)
    private let entries = Gauge(label: "recto_cache_entries", dimensions: dimensions)

    func asked(present: Int, absent: Int) {
        if present > 0 { hits.increment(by: present) }
        if absent > 0 { misses.increment(by: absent) }
        counts.hit(present)
        counts.missed(absent)
    }

    func evicted(_ blocks: Int) {
        if blocks > 0 { evictions.increment(by: blocks) }
        counts.evicted(blocks)
    }

    func fetched(_ count: Int) {
        fetches.increment()
        fetchedBytes.increment(by: count)
    }

    func holds(bytes count: Int, documents: Int) {
        bytes.record(count)
        entries.record(documents)
    }
}
