// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Counts tiles that were at hand and those that had to be made, each request once.
package final class TileLookUps: Sendable {
    private let hitCount = Atomic<Int>(0)
    private let missCount = Atomic<Int>(0)

    package var hits: Int { hitCount.load(ordering: .relaxed) }
    package var misses: Int { missCount.load(ordering: .relaxed) }

    func hit() { hitCount.add(1, ordering: .relaxed) }
    func missed() { missCount.add(1, ordering: .relaxed) }
}
