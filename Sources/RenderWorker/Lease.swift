// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The time that a long job may take before it has to make way for others. It ends between two pages: one that takes
/// longer by itself is the shortest job there is.
struct Lease {
    /// Tiles that wait behind it are not to be noticed.
    private static let length = 50.0
    /// Somebody waits for what was found; a job more costs less than half a millisecond.
    private static let lengthWithHits = 10.0

    private let start = Lease.milliseconds()
    private let isCancelled: () -> Bool

    init(isCancelled: @escaping () -> Bool) { self.isCancelled = isCancelled }

    var isOver: Bool { isOver(after: Self.length) }

    var isOverForHits: Bool { isOver(after: Self.lengthWithHits) }

    private func isOver(after length: Double) -> Bool { Self.milliseconds() - start >= length || isCancelled() }

    static func milliseconds() -> Double {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return Double(now.tv_sec) * 1000 + Double(now.tv_nsec) / 1e6
    }
}
