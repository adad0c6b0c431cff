// SPDX-License-Identifier: Apache-2.0

import Cluster
import HTTPService
import Metrics
import NIOCore
import NIOHTTP1

/// One request on its way to a member and its answer on the way back. Lives on the client's event loop.
///
/// Until the first byte has gone to the client everything can be undone: a refused connection, a member that dies, one that
/// answers 503 moves the request on to the next candidate. Short answers are held until they are whole for that reason.
final class Exchange {
    private enum State {
        case idle
        case connecting
        /// Sent; nothing has come back.
        case waiting(UpstreamConnection)
        /// The answer is being gathered.
        case holding(UpstreamConnection, HTTPResponseHead, ByteBuffer)
        /// The answer goes through as it comes.
        case streaming(UpstreamConnection)
        case finished
    }

    private let core: RouterCore
    private let pool: UpstreamPool
    private unowned let client: ClientHandler
    private let head: HTTPRequestHead
    private let body: ByteBuffer
    let route: Route
    private let targets: [MemberGroup.Target]
    private var next = 0
    private var current: MemberGroup.Target?
    private var state = State.idle
    private var deadline = NIODeadline.distantFuture
    /// A 503 that was held while other members were tried: better than nothing in the end.
    private var refusal: (HTTPResponseHead, ByteBuffer)?

    init(
        core: RouterCore, pool: UpstreamPool, client: ClientHandler, head: HTTPRequestHead, body: ByteBuffer,
        route: Route, targets: [MemberGroup.Target]
    ) {
        self.core = core
        self.pool = pool
        self.client = client
        self.head = head
        self.body = body
        self.route = route
        self.targets = Array(targets.prefix(core.configuration.mostAttempts))
    }

    private var isIdempotent: Bool { [.GET, .HEAD, .OPTIONS, .PUT, .DELETE].contains(head.method) }

    func start() {
        pool.began(self)
        tryNext()
    }

    // MARK: Attempts

    private func tryNext() {
        leaveCurrent()
        guard next < targets.count else { return giveUp() }
        if next > 0 { core.metrics.retries.increment() }
        let target = targets[next]
        next += 1
        current = target
        target.inFlight.begin(route.cost)
        attempt(target, fresh: false)
    }

    private func attempt(_ target: MemberGroup.Target, fresh: Bool) {
        state = .connecting
        deadline = .now() + core.configuration.responseTimeout
        pool.connection(to: target.address, fresh: fresh) { result in
            guard case .connecting = self.state, self.current?.id == target.id else {
                // The client has gone meanwhile, or another member was chosen.
                if case .success(let connection) = result { self.pool.release(connection) }
                return
            }
            switch result {
            case .success(let connection):
                self.state = .waiting(connection)
                connection.send(self.head, self.body, for: self)
            case .failure:
                self.core.monitor.suspect(target.clusterAddress)
                self.tryNext()
            }
        }
    }

    private func leaveCurrent() {
        current?.inFlight.end(route.cost)
        current = nil
    }

    private func giveUp() {
        finish()
        if let (head, bytes) = refusal {
            client.send(head, bytes)
        } else {
            client.send(
                Problem(
                    "no-member", .serviceUnavailable, "No member of the cluster can take the request now.",
                    retryAfter: 1))
        }
    }

    private func finish() {
        leaveCurrent()
        state = .finished
        pool.ended(self)
    }

    // MARK: What the member says

    func received(_ head: HTTPResponseHead) {
        guard case .waiting(let connection) = state else { return }
        let length = head.headers.first(name: "Content-Length").flatMap { Int($0) }
        let hasNoBody = self.head.method == .HEAD || !head.status.mayHaveResponseBody
        if hasNoBody || (length ?? .max) <= core.configuration.holdLimit {
            var buffer = ByteBuffer()
            buffer.reserveCapacity(hasNoBody ? 0 : length ?? 0)
            state = .holding(connection, head, buffer)
        } else {
            state = .streaming(connection)
            deadline = .distantFuture
            client.begin(head)
        }
    }

    func received(_ bytes: ByteBuffer) {
        switch state {
        case .holding(let connection, let head, var buffer):
            // The buffer leaves the state first, or writing to it would copy it.
            state = .waiting(connection)
            buffer.writeImmutableBuffer(bytes)
            state = .holding(connection, head, buffer)
        case .streaming(let connection):
            if !client.pass(bytes) { connection.setReading(false) }
        default: break
        }
    }

    func receivedEnd() {
        switch state {
        case .holding(let connection, let head, let buffer):
            pool.release(connection)
            if head.status == .serviceUnavailable, isIdempotent, next < targets.count {
                refusal = (head, buffer)
                return tryNext()
            }
            finish()
            client.send(head, buffer)
        case .streaming(let connection):
            pool.release(connection)
            finish()
            client.end()
        default: break
        }
    }

    /// The connection has gone before the answer was whole.
    func lostConnection() {
        switch state {
        case .waiting(let connection) where connection.isReused:
            // The member may have closed it for its age while the request was under way: that says nothing of the member.
            if isIdempotent, let target = current { return attempt(target, fresh: true) }
            fail()
        case .waiting, .holding:
            if let target = current { core.monitor.suspect(target.clusterAddress) }
            isIdempotent ? tryNext() : fail()
        case .streaming:
            if let target = current { core.monitor.suspect(target.clusterAddress) }
            finish()
            client.abort()
        case .idle, .connecting, .finished: break
        }
    }

    private func fail() {
        finish()
        client.send(
            Problem("member-failed", .badGateway, "A member of the cluster failed in the middle of the request."))
    }

    // MARK: What else happens

    func clientBecameWritable() {
        if case .streaming(let connection) = state { connection.setReading(true) }
    }

    /// The client has gone. Closing the connection tells the member that nobody waits.
    func cancel() {
        let connection = self.connection
        finish()
        connection?.abandon()
    }

    /// The member at this address has missed its checks. What has not been answered goes elsewhere, if there is anywhere to
    /// go; an answer that has begun would never end.
    func memberUnreachable(_ address: String) {
        guard current?.address == address else { return }
        let connection = self.connection
        switch state {
        case .waiting, .holding, .connecting:
            guard isIdempotent, next < targets.count else { return }
            connection?.abandon()
            tryNext()
        case .streaming:
            finish()
            connection?.abandon()
            client.abort()
        case .idle, .finished: break
        }
    }

    func expire(_ now: NIODeadline) {
        guard deadline < now else { return }
        let connection = self.connection
        finish()
        connection?.abandon()
        client.send(Problem("deadline", .gatewayTimeout, "The cluster did not answer in time."))
    }

    private var connection: UpstreamConnection? {
        switch state {
        case .waiting(let connection), .holding(let connection, _, _), .streaming(let connection): connection
        case .idle, .connecting, .finished: nil
        }
    }
}
