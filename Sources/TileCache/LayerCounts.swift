// SPDX-License-Identifier: Apache-2.0

import Metrics
import Synchronization

/// Counts how a layer is used. `LayerReport` tells the metrics of it when somebody asks for them: counting costs a look-up
/// as little as it can.
@usableFromInline
package final class LayerCounts: Sendable {
    /// The layer's name.
    package let layer: String
    private let hitCount = Atomic<Int>(0)
    private let missCount = Atomic<Int>(0)
    private let evictionCount = Atomic<Int>(0)
    private let evictionAge: Metrics.Timer

    package init(layer: String) {
        self.layer = layer
        evictionAge = Metrics.Timer(label: "recto_cache_eviction_age_seconds", dimensions: [("layer", layer)])
    }

    @usableFromInline
    package func hit(_ count: Int = 1) { hitCount.add(count, ordering: .relaxed) }

    @usableFromInline
    package func missed(_ count: Int = 1) { missCount.add(count, ordering: .relaxed) }

    /// - Parameters:
    ///   - count: of entries that went.
    ///   - age: seconds since they were made.
    @usableFromInline
    package func evicted(_ count: Int = 1, age: Int) {
        guard count > 0 else { return }
        evictionCount.add(count, ordering: .relaxed)
        evictionAge.recordSeconds(max(0, age))
    }

    package func usage(bytes: Int, budget: Int?, entries: Int) -> LayerUsage {
        LayerUsage(
            bytes: bytes, budget: budget, entries: entries, hits: hitCount.load(ordering: .relaxed),
            misses: missCount.load(ordering: .relaxed), evictions: evictionCount.load(ordering: .relaxed))
    }

    /// Of a layer that lies with others, who do not tell how much it is.
    package var usageElsewhere: LayerUsage {
        var usage = usage(bytes: 0, budget: nil, entries: 0)
        usage.isElsewhere = true
        return usage
    }
}
