// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// What all connections of a server count together.
final class ServerTotals: Sendable {
    private let metrics: RequestMetrics?
    private let openConnections = Atomic<Int>(0)
    private let activeRequests = Atomic<Int>(0)

    init(metrics: RequestMetrics?) { self.metrics = metrics }

    var connections: Int { openConnections.load(ordering: .relaxed) }

    /// Requests that have come in and are not answered yet.
    var requests: Int { activeRequests.load(ordering: .relaxed) }

    /// Returns how many there are now.
    func connectionOpened() -> Int {
        metrics?.connectionOpened()
        return openConnections.add(1, ordering: .relaxed).newValue
    }

    func connectionClosed() {
        metrics?.connectionClosed()
        openConnections.subtract(1, ordering: .relaxed)
    }

    func requestBegan() {
        metrics?.began()
        activeRequests.add(1, ordering: .relaxed)
    }

    func requestEnded() {
        metrics?.ended()
        activeRequests.subtract(1, ordering: .relaxed)
    }
}
