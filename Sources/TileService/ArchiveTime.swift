// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// The time that one job spent in the archive, in milliseconds; nil where it did not go there.
final class ArchiveTime: Sendable {
    private let state = Mutex<Double?>(nil)

    func add(_ milliseconds: Double) { state.withLock { $0 = ($0 ?? 0) + milliseconds } }

    var milliseconds: Double? { state.withLock { $0 } }
}
