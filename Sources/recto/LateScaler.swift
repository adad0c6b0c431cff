// SPDX-License-Identifier: Apache-2.0

import Router
import Synchronization

/// The admin port is bound before the nodes exist that it commands.
final class LateScaler: NodeScaler {
    private let scaler = Mutex<(any NodeScaler)?>(nil)

    func set(_ scaler: any NodeScaler) { self.scaler.withLock { $0 = scaler } }
    var state: NodeScale { scaler.withLock { $0 }?.state ?? NodeScale(wanted: 0, range: 0...0, busyness: 0) }
    func scale(within range: ClosedRange<Int>) { scaler.withLock { $0 }?.scale(within: range) }
}
