// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Counts how a layer is used, for those who ask it itself: the metrics can only be written to.
package final class LayerCounts: Sendable {
    private let hitCount = Atomic<Int>(0)
    private let missCount = Atomic<Int>(0)
    private let evictionCount = Atomic<Int>(0)

    package init() {}

    package var hits: Int { hitCount.load(ordering: .relaxed) }
    package var misses: Int { missCount.load(ordering: .relaxed) }
    package var evictions: Int { evictionCount.load(ordering: .relaxed) }

    package func hit(_ count: Int = 1) { hitCount.add(count, ordering: .relaxed) }
    package func missed(_ count: Int = 1) { missCount.add(count, ordering: .relaxed) }
    package func evicted(_ count: Int) { evictionCount.add(count, ordering: .relaxed) }
}
