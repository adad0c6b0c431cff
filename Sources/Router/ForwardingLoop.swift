// SPDX-License-Identifier: Apache-2.0

import HTTPFraming
import Metrics
import NIOCore

/// What the connections of one event loop share: no lock, and no request changes threads.
final class ForwardingLoop {
    let loop: any EventLoop
    let shared: RouterShared
    let configuration: RouterConfiguration
    let pool: UpstreamPool
    /// Used for one head at a time.
    var scanner: HeadScanner
    var retries: RetryBudget
    var numbers = RequestNumbers()
    /// Used for one choice at a time.
    var choice: RouterCore.Choice
    private(set) var connections: ContiguousArray<ClientConnection> = []
    /// The time of the last turn: for limits, which are seconds.
    private(set) var turn = NIODeadline.now()

    /// Limits are looked after this often, so they hold to a quarter of a second.
    static let turnInterval: TimeAmount = .milliseconds(250)

    init(loop: any EventLoop, shared: RouterShared) {
        self.loop = loop
        self.shared = shared
        configuration = shared.core.configuration
        pool = UpstreamPool(loop: loop, configuration: configuration)
        scanner = HeadScanner(limits: configuration.headLimits)
        choice = shared.core.makeChoice()
        retries = RetryBudget(configuration.retryBudget)
    }

    func add(_ connection: ClientConnection) {
        connection.place = connections.count
        connections.append(connection)
    }

    func remove(_ connection: ClientConnection) {
        let last = connections.removeLast()
        guard last !== connection else { return }
        last.place = connection.place
        connections[connection.place] = last
    }

    func takeTurn() {
        turn = .now()
        // Closing one moves another to its place.
        for connection in Array(connections) { connection.takeTurn(turn) }
        pool.closeIdle(turn)
        // Of all loops, each time: the last word is right.
        shared.core.metrics.connections.set(shared.doors.count)
    }

    /// What waits for this member shall go elsewhere.
    func memberUnreachable(_ address: String) {
        for connection in Array(connections) { connection.memberUnreachable(address) }
    }

    /// - Parameter idle: those too that are between two requests.
    func closeAll(idle: Bool) {
        for connection in Array(connections) where !idle || connection.isIdle { connection.close() }
        if !idle { pool.closeAll() }
    }
}
