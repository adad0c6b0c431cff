// SPDX-License-Identifier: Apache-2.0

import Metrics
import Synchronization

/// Writes into the metrics what the layers of a process say of themselves; to be called when somebody asks for the metrics.
package final class LayerReport: Sendable {
    private struct Meters {
        let hits: Counter
        let misses: Counter
        let evictions: Counter
        let bytes: Gauge
        let entries: Gauge
        /// What the counters have been told.
        var told = LayerUsage(bytes: 0, entries: 0)

        init(layer: String) {
            let dimensions = [("layer", layer)]
            hits = Counter(label: "recto_cache_hits_total", dimensions: dimensions)
            misses = Counter(label: "recto_cache_misses_total", dimensions: dimensions)
            evictions = Counter(label: "recto_cache_evictions_total", dimensions: dimensions)
            bytes = Gauge(label: "recto_cache_bytes", dimensions: dimensions)
            entries = Gauge(label: "recto_cache_entries", dimensions: dimensions)
        }

        mutating func record(_ usage: LayerUsage) {
            hits.increment(by: usage.hits - told.hits)
            misses.increment(by: usage.misses - told.misses)
            evictions.increment(by: usage.evictions - told.evictions)
            told = usage
            guard !usage.isElsewhere else { return }
            bytes.record(usage.bytes)
            entries.record(usage.entries)
        }
    }

    private let meters = Mutex<[String: Meters]>([:])

    package init() {}

    /// Layers of one name, as several archives have, are added up.
    package func record(_ layers: [any CacheLayer]) {
        let usages = Dictionary(layers.map { ($0.name, $0.usage) }, uniquingKeysWith: +)
        meters.withLock { meters in
            for (layer, usage) in usages { meters[layer, default: Meters(layer: layer)].record(usage) }
        }
    }
}

extension LayerUsage {
    fileprivate static func + (left: LayerUsage, right: LayerUsage) -> LayerUsage {
        LayerUsage(
            bytes: left.bytes + right.bytes, entries: left.entries + right.entries, hits: left.hits + right.hits,
            misses: left.misses + right.misses, evictions: left.evictions + right.evictions)
    }
}
