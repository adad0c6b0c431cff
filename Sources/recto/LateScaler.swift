// SPDX-License-Identifier: Apache-2.0

import Router
import Synchronization

/// The admin port is bound before the supervisor exists that it commands.
final class LateScaler: NodeScaler {
    private let scaler = Mutex<(any NodeScaler)?>(nil)

    func set(_ scaler: any NodeScaler) { self.scaler.withLock { $0 = scaler } }
    var wanted: Int { scaler.withLock { $0 }?.wanted ?? 0 }
    func scale(to count: Int) { scaler.withLock { $0 }?.scale(to: count) }
}
