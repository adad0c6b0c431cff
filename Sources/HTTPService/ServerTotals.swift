// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// What all connections of a server count together.
final class ServerTotals: Sendable {
    private let openConnections = Atomic<Int>(0)
    private let activeRequests = Atomic<Int>(0)

    var connections: Int { openConnections.load(ordering: .relaxed) }

    /// Requests that have come in and are not answered yet.
    var requests: Int { activeRequests.load(ordering: .relaxed) }

    /// Returns how many there are now.
    func connectionOpened() -> Int { openConnections.add(1, ordering: .relaxed).newValue }
    func connectionClosed() { openConnections.subtract(1, ordering: .relaxed) }

    func requestBegan() { activeRequests.add(1, ordering: .relaxed) }
    func requestEnded() { activeRequests.subtract(1, ordering: .relaxed) }
}
