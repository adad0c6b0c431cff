// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// The connections of one event loop. A look at all of them now and then takes the place of a timer for each: a request
/// neither sets nor moves one.
final class ConnectionTable {
    private let limits: HTTPLimits
    private let totals: ServerTotals
    private var connections: [ObjectIdentifier: HTTPConnection] = [:]
    private var sweeping: RepeatedTask?
    /// The time of the last look, exact enough for what is timed here.
    private(set) var now = NIODeadline.now()

    init(limits: HTTPLimits, totals: ServerTotals, loop: any EventLoop) {
        self.limits = limits
        self.totals = totals
        let delay = TimeAmount.nanoseconds(limits.tick.nanoseconds)
        let bound = NIOLoopBound(self, eventLoop: loop)
        // Ends with `closeAll`: until then the server needs it anyway.
        sweeping = loop.scheduleRepeatedTask(initialDelay: delay, delay: delay) { _ in bound.value.sweep() }
    }

    /// - Returns: whether there is room for it.
    func add(_ connection: HTTPConnection) -> Bool {
        connections[ObjectIdentifier(connection)] = connection
        return totals.connectionOpened() <= limits.connections
    }

    func remove(_ connection: HTTPConnection) {
        guard connections.removeValue(forKey: ObjectIdentifier(connection)) != nil else { return }
        totals.connectionClosed()
    }

    private func sweep() {
        now = .now()
        for connection in connections.values { connection.sweep(now) }
    }

    /// Whether nothing is being answered and all answers have been sent.
    var isQuiet: Bool { connections.values.allSatisfy(\.isQuiet) }

    func closeAll() {
        sweeping?.cancel()
        sweeping = nil
        for connection in connections.values { connection.close() }
    }
}
