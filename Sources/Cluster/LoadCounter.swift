// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// What a member works on, as far as this router can tell. Outlives the views that name it.
package final class LoadCounter: Sendable {
    private let value = Atomic<Int>(0)
    private let lastReport = Atomic<Int>(0)

    package init() {}

    /// The cost of this router's requests that the member has not answered yet.
    package var current: Int { value.load(ordering: .relaxed) }
    package func begin(_ cost: Int) { value.add(cost, ordering: .relaxed) }
    package func end(_ cost: Int) { value.subtract(cost, ordering: .relaxed) }

    /// The load that the member last said it had.
    package var reported: Int { lastReport.load(ordering: .relaxed) }
    /// Cut where a sum over a thousand members could overflow.
    package func report(_ load: Int) { lastReport.store(min(max(load, 0), 1 << 31), ordering: .relaxed) }
}
