// SPDX-License-Identifier: Apache-2.0

import Cluster
import HTTPFraming
import HTTPService
import Metrics
import NIOCore
import NIOHTTP1

/// One request on its way to a member and its answer on the way back. Lives on the client's event loop; a connection uses
/// the same one for one request after another.
///
/// Until the first byte has gone to the client everything can be undone: a refused connection, a member that dies, one that
/// answers 503 moves the request on to the next candidate. Short answers are held until they are whole for that reason, and
/// of a request's body as much is kept as `requestHoldLimit` says.
final class Exchange {
    enum State {
        /// No request, or none any more.
        case idle
        case connecting
        /// Sent; nothing has come back.
        case waiting
        /// The answer is being gathered.
        case holding
        /// The answer goes through as it comes.
        case streaming
    }

    let loop: ForwardingLoop
    private unowned let client: ClientConnection
    private(set) var state = State.idle
    private var connection: UpstreamConnection?

    // The request.
    private var head = ByteBuffer()
    private(set) var isHead = false
    private var isIdempotent = false
    private var isOld = false
    private var body = RequestBody()
    private var cost = 1
    private var targets: [MemberGroup.Target] = []
    private var next = 0
    private var current: MemberGroup.Target?
    /// Tells a connection that comes late from the one that is waited for.
    private var attempt = 0
    private var deadline = NIODeadline.distantFuture

    // The answer.
    private var answer = HeldAnswer()
    private var framing = AnswerFraming.asIs
    /// A 503 that was held while other members were tried: better than nothing in the end.
    private var refusal: HeldAnswer?

    init(loop: ForwardingLoop, client: ClientConnection) {
        self.loop = loop
        self.client = client
    }

    var isActive: Bool { state != .idle }
    /// The member's chunks go to the client as they are.
    var takesChunks: Bool { framing == .chunked }
    private var shared: RouterShared { loop.shared }

    /// - Parameters:
    ///   - cost: what the request counts as in the load of a member.
    ///   - write: appends the request's head, as members shall see it.
    func start(
        _ request: RequestHead, cost: Int, targets: [MemberGroup.Target], at now: NIODeadline,
        write: (inout ByteBuffer) -> Void
    ) {
        head.clear()
        write(&head)
        isHead = request.method == .head
        isIdempotent =
            switch request.method {
            case .get, .head, .options, .put, .delete: true
            default: false
            }
        isOld = request.minorVersion == 0
        body = RequestBody(isWhole: request.framing == .none, mayBeReplayed: isIdempotent)
        self.cost = cost
        // Copied, so that the list can be used for the next choice without being allocated anew.
        self.targets.removeAll(keepingCapacity: true)
        self.targets.append(contentsOf: targets)
        next = 0
        refusal = nil
        deadline = now + loop.configuration.responseTimeout
        loop.retries.countRequest(now)
        tryNext()
    }

    // MARK: Attempts

    private func tryNext() {
        leaveCurrent()
        guard next < min(targets.count, loop.configuration.mostAttempts) else { return giveUp() }
        if next > 0 { shared.core.metrics.retries.increment() }
        let target = targets[next]
        next += 1
        current = target
        target.inFlight.begin(cost)
        // What must not be sent twice does not go over a connection that may be closing.
        go(to: target, fresh: !isIdempotent)
    }

    private func go(to target: MemberGroup.Target, fresh: Bool) {
        state = .connecting
        attempt += 1
        let link = loop.pool.link(to: target)
        if !fresh, let connection = link.takeIdle() { return use(connection) }
        let attempt = attempt
        loop.pool.connect(link, on: loop) { result in
            guard self.state == .connecting, self.attempt == attempt else {
                // The client has gone meanwhile, or another member was chosen.
                if case .success(let connection) = result { self.loop.pool.release(connection, self.loop.turn) }
                return
            }
            switch result {
            case .success(let connection): self.use(connection)
            case .failure:
                self.shared.failed(target, .now())
                // Nothing was sent, so no work is done twice and the budget is not asked.
                self.tryNext()
            }
        }
    }

    private func use(_ connection: UpstreamConnection) {
        state = .waiting
        self.connection = connection
        connection.send(head, body.kept, for: self)
        body.wasSent()
        if !body.isWhole { client.bodyIsWanted() }
    }

    private func leaveCurrent() {
        current?.inFlight.end(cost)
        current = nil
        connection = nil
    }

    /// The request goes elsewhere, if it may and there is anywhere to go.
    private func moveOn() -> Bool {
        guard isIdempotent, body.mayBeReplayed, next < min(targets.count, loop.configuration.mostAttempts) else {
            return false
        }
        guard loop.retries.takeRetry(.now()) else {
            shared.core.metrics.retriesRefused.increment()
            return false
        }
        answer.clear()
        tryNext()
        return true
    }

    private func giveUp() {
        guard let refusal else {
            finish()
            return client.send(
                Problem(
                    "no-member", .serviceUnavailable, "No member of the cluster can take the request now.",
                    retryAfter: 1))
        }
        answer = refusal
        deliver()
    }

    private func fail() {
        if refusal != nil { return giveUp() }
        finish()
        client.send(
            Problem("member-failed", .badGateway, "A member of the cluster failed in the middle of the request."))
    }

    private func finish() {
        guard state != .idle else { return }
        leaveCurrent()
        state = .idle
        refusal = nil
        targets.removeAll(keepingCapacity: true)
        deadline = .distantFuture
    }

    // MARK: The request's body

    /// Whether more of it can be taken now; when it can again, the client is told.
    var wantsBody: Bool {
        switch state {
        case .idle, .holding, .streaming: true
        case .connecting: body.kept.readableBytes < loop.configuration.requestHoldLimit
        case .waiting: connection?.isWritable ?? true
        }
    }

    func send(_ piece: ByteBuffer, isLast: Bool) {
        if isLast { body.isWhole = true }
        // A member that has taken nothing of a body for that long is given up, as one that does not answer it.
        if state != .streaming { deadline = loop.turn + loop.configuration.responseTimeout }
        switch state {
        // The answer came before the body was over: nobody wants the rest.
        case .idle, .holding, .streaming: break
        case .connecting: body.keep(piece)
        case .waiting:
            body.keepForReplay(piece, limit: loop.configuration.requestHoldLimit)
            _ = connection?.send(piece)
        }
    }

    func memberTakesMore() {
        if state == .waiting, !body.isWhole { client.bodyIsWanted() }
    }

    // MARK: What the member says

    func received(_ head: ResponseHead, _ bytes: UnsafeRawBufferPointer, _ fields: ContiguousArray<HeadField>) {
        guard state == .waiting else { return }
        let isBodiless = isHead || head.isBodiless
        let length = isBodiless ? 0 : head.contentLength
        framing =
            if isBodiless { .asIs } else {
                switch head.framing {
                case .none, .length: .asIs
                case .chunked, .untilClose: isOld ? .untilClose : .chunked
                }
            }
        // A body that is still on its way would be taken for the next request.
        if framing == .untilClose || !body.isWhole { client.closesAfterAnswer() }
        answer.begin(
            status: head.status, reframes: framing == .chunked && head.framing == .untilClose,
            capacity: (length ?? .max) <= loop.configuration.holdLimit ? length ?? 0 : 0)
        client.rewrite(head, ForwardedHeaders.Source(bytes: bytes, fields: fields), framing, into: &answer.head)
        if (length ?? .max) <= loop.configuration.holdLimit {
            state = .holding
        } else {
            state = .streaming
            deadline = loop.turn + loop.configuration.streamTimeout
            client.begin(answer.head, status: head.status, by: connection?.link)
        }
    }

    func received(_ piece: ByteBuffer) {
        switch state {
        case .holding: answer.hold(piece)
        case .streaming:
            deadline = loop.turn + loop.configuration.streamTimeout
            if !client.pass(piece, inChunk: answer.reframes) { connection?.setReading(false) }
        default: break
        }
    }

    /// All that one read brought has been taken.
    func flush() {
        if state == .streaming { client.flush() }
    }

    func receivedEnd(_ connection: UpstreamConnection) {
        switch state {
        case .holding:
            giveBack(connection)
            if let current { shared.succeeded(current.id) }
            guard answer.status == 503 else { return deliver() }
            self.connection = nil
            refusal = answer
            if !moveOn() { giveUp() }
        case .streaming:
            giveBack(connection)
            if let current { shared.succeeded(current.id) }
            let ending: StaticString = answer.reframes ? "0\r\n\r\n" : framing == .chunked ? "\r\n" : ""
            finish()
            client.end(ending)
        default: connection.abandon()
        }
    }

    /// A member that has not taken the whole body waits for the rest of it.
    private func giveBack(_ connection: UpstreamConnection) {
        if body.isWhole { loop.pool.release(connection, loop.turn) } else { connection.abandon() }
    }

    private func deliver() {
        let link = current.map { loop.pool.link(to: $0) }
        finish()
        client.send(answer, by: link)
        answer.clear()
    }

    /// The connection has gone before the answer was whole.
    /// - Parameter isStale: it had been used before and no byte of an answer has come. The member may have closed it for
    ///   its age while the request was under way, which says nothing of the member.
    func lostConnection(_ connection: UpstreamConnection, isStale: Bool) {
        guard connection === self.connection, let current else { return }
        switch state {
        case .waiting where isStale && isIdempotent && body.mayBeReplayed:
            self.connection = nil
            go(to: current, fresh: true)
        case .waiting, .holding:
            shared.failed(current, .now())
            self.connection = nil
            if !moveOn() { fail() }
        case .streaming:
            shared.failed(current, .now())
            finish()
            client.abort()
        case .idle, .connecting: break
        }
    }

    // MARK: What else happens

    func clientTakesMore() {
        if state == .streaming { connection?.setReading(true) }
    }

    /// The client has gone. Closing the connection tells the member that nobody waits.
    func cancel() {
        let connection = connection
        finish()
        connection?.abandon()
    }

    /// The member at this address has missed its checks. What has not been answered goes elsewhere, if there is anywhere to
    /// go; an answer that has begun would never end.
    func memberUnreachable(_ address: String) {
        guard current?.address == address else { return }
        let connection = connection
        switch state {
        case .waiting, .holding, .connecting:
            self.connection = nil
            guard moveOn() else {
                self.connection = connection
                return
            }
            connection?.abandon()
        case .streaming:
            finish()
            connection?.abandon()
            client.abort()
        case .idle: break
        }
    }

    /// Ends what has taken too long.
    func takeTurn(_ now: NIODeadline) {
        guard deadline < now else { return }
        // As long as more of the body would be taken, the client's progress is what counts; likewise if it does not read.
        if !body.isWhole && state != .streaming && wantsBody { return }
        if state == .streaming && !client.isWritable { return }
        let connection = connection
        let isStreaming = state == .streaming
        if let current, state != .connecting { shared.failed(current, now) }
        finish()
        connection?.abandon()
        if isStreaming { return client.abort() }
        client.send(Problem("deadline", .gatewayTimeout, "The cluster did not answer in time."))
    }

    var hasBegunToAnswer: Bool { state == .streaming }

    /// Gives the memory back that the last request needed.
    func dropBuffers() {
        head = ByteBuffer()
        answer = HeldAnswer()
        body = RequestBody()
    }
}
