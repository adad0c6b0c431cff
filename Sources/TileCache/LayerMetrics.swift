// SPDX-License-Identifier: Apache-2.0

import Metrics

/// What every layer of caches says of itself in the metrics, and to those who ask it.
@usableFromInline
package struct LayerMetrics: Sendable {
    package let name: String
    private let counts = LayerCounts()
    private let hits: Counter
    private let misses: Counter
    private let evictions: Counter
    private let evictionAge: Metrics.Timer
    private let bytesHeld: Gauge
    private let entriesHeld: Gauge

    /// - Parameter layer: the label of the layer.
    package init(layer: String) {
        name = layer
        let dimensions = [("layer", layer)]
        hits = Counter(label: "recto_cache_hits_total", dimensions: dimensions)
        misses = Counter(label: "recto_cache_misses_total", dimensions: dimensions)
        evictions = Counter(label: "recto_cache_evictions_total", dimensions: dimensions)
        evictionAge = Metrics.Timer(label: "recto_cache_eviction_age_seconds", dimensions: dimensions)
        bytesHeld = Gauge(label: "recto_cache_bytes", dimensions: dimensions)
        entriesHeld = Gauge(label: "recto_cache_entries", dimensions: dimensions)
    }

    /// Allocates nothing.
    @usableFromInline
    package func hit() {
        hits.increment()
        counts.hit()
    }

    @usableFromInline
    package func missed() {
        misses.increment()
        counts.missed()
    }

    /// - Parameter age: seconds since the entry was made.
    @usableFromInline
    package func evicted(age: Int) {
        evictions.increment()
        evictionAge.recordSeconds(age)
        counts.evicted(1)
    }

    package func holds(bytes: Int, entries: Int) {
        bytesHeld.record(bytes)
        entriesHeld.record(entries)
    }

    package func usage(bytes: Int, budget: Int?, entries: Int) -> LayerUsage {
        LayerUsage(
            bytes: bytes, budget: budget, entries: entries, hits: counts.hits, misses: counts.misses,
            evictions: counts.evictions)
    }
}
