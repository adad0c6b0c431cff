// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// Tells a transfer that has all but stopped. Pure; the caller brings the time, a few times a second.
struct ProgressWatch {
    private var since: NIODeadline?
    private var mark = 0

    /// Nothing is due at present.
    mutating func rest() { since = nil }

    /// - Parameter total: bytes moved since the connection began.
    /// - Returns: whether less than `least` have moved for as long as `window`.
    mutating func isStalled(at total: Int, _ now: NIODeadline, window: TimeAmount, least: Int) -> Bool {
        guard let since, total - mark < least else {
            since = now
            mark = total
            return false
        }
        return now - since > window
    }
}
