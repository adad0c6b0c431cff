// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOHTTP1

/// One connection: gathers a request, has it answered, writes the answer, one request after the other. Belongs to its event
/// loop. It writes bytes and not parts: an answer made before goes out as it is.
final class HTTPConnection: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    enum Phase {
        /// For a request.
        case waiting
        case receiving
        case answering
        /// No further request is taken. What the client sends is thrown away until it closes, or for a while.
        case lingering
    }

    struct Incoming {
        let head: HTTPRequestHead
        var body = ByteBuffer()
        var keepAlive: Bool
    }

    /// What must be known of a request until its answer is written.
    struct Current {
        let version: HTTPVersion
        let isHead: Bool
        var keepAlive: Bool
        let id: String
        let start: NIODeadline
        var hasHead = false
        /// Bytes of a stream that are still to come, where its length was announced.
        var bodyLeft: Int?
    }

    let surroundings: HTTPServer.Surroundings
    let table: ConnectionTable
    let gate: WritabilityGate
    var context: ChannelHandlerContext?
    var phase = Phase.waiting
    var current: Current?
    var task: Task<Void, Never>?
    /// Where the body goes of the request that is being answered already.
    var bodySource: RequestBody.Producer.Source?
    private var peer = "local"
    private var incoming: Incoming?
    /// Parts of requests that came before the one in work was answered.
    private var backlog = CircularBuffer<HTTPServerRequestPart>()
    private var isDraining = false
    private var holdsRead = false
    /// What the parser said last, to be told once what came before it is answered.
    private var refusal: Problem?
    var isInputClosed = false
    var isOutputEnded = false
    private var hasPartialHead = false
    private var isReading = false
    private var needsFlush = false
    private var since: NIODeadline
    private var pendingBefore = 0

    init(surroundings: HTTPServer.Surroundings, table: ConnectionTable, loop: any EventLoop) {
        self.surroundings = surroundings
        self.table = table
        gate = WritabilityGate(loop: loop)
        since = table.now
    }

    // MARK: Life

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        peer = context.channel.remoteAddress?.ipAddress ?? "local"
    }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelActive(context: ChannelHandlerContext) {
        if !table.add(self) { refuse(.tooManyConnections) }
        context.fireChannelActive()
    }

    /// The client has gone: nobody waits for what is being made.
    func channelInactive(context: ChannelHandlerContext) {
        table.remove(self)
        bodySource?.finish(ChannelError.ioOnClosedChannel)
        bodySource = nil
        task?.cancel()
        task = nil
        if current != nil { abandon() }
        gate.release(.failure(ChannelError.ioOnClosedChannel))
        context.fireChannelInactive()
    }

    private func abandon() {
        current = nil
        surroundings.totals.requestEnded()
        surroundings.metrics?.wasAbandoned()
    }

    func close() { context?.close(promise: nil) }

    // MARK: What comes in

    /// Nothing can come behind the request in work.
    var isLast: Bool { isInputClosed && backlog.isEmpty }

    func bytesArrived() {
        guard case .waiting = phase, !hasPartialHead else { return }
        hasPartialHead = true
        since = table.now
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        isReading = true
        let part = unwrapInboundIn(data)
        switch phase {
        case .lingering: break
        case .waiting where context.channel.isWritable && backlog.isEmpty, .receiving where backlog.isEmpty,
            .answering where bodySource != nil && backlog.isEmpty:
            take(part)
        case .waiting, .receiving, .answering: backlog.append(part)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        isReading = false
        flushIfNeeded()
        proceed()
        context.fireChannelReadComplete()
    }

    /// A client that sends request upon request without waiting is not read from until they are answered.
    func read(context: ChannelHandlerContext) {
        if backlog.isEmpty { context.read() } else { holdsRead = true }
    }

    private func take(_ part: HTTPServerRequestPart) {
        switch part {
        case .head(let head): begin(head)
        case .body(let bytes):
            if bodySource != nil { return pass(bytes) }
            guard incoming != nil else { return }
            guard incoming!.body.readableBytes + bytes.readableBytes <= surroundings.limits.body else {
                return refuse(.tooLarge)
            }
            incoming!.body.writeImmutableBuffer(bytes)
        case .end:
            bodySource?.finish()
            bodySource = nil
            guard let request = incoming else { return }
            incoming = nil
            answer(request)
        }
    }

    private func begin(_ head: HTTPRequestHead) {
        hasPartialHead = false
        do {
            let rules = try RequestHeadRules(head)
            let takesStream = surroundings.responder.takesStream(head.method, target: head.uri)
            guard takesStream || rules.declaredLength ?? 0 <= surroundings.limits.body else { return refuse(.tooLarge) }
            if rules.expectsContinue, head.version == .http1_1 { interim("HTTP/1.1 100 Continue\r\n\r\n") }
            // The parser reads nothing more behind a head that asks for another protocol.
            incoming = Incoming(head: head, keepAlive: head.isKeepAlive && !rules.asksForUpgrade)
            phase = .receiving
            since = table.now
            if takesStream { answerStreaming() }
        } catch {
            refuse(error)
        }
    }

    private func answerStreaming() {
        guard let request = incoming, let channel = context?.channel else { return }
        incoming = nil
        let (body, source) = RequestBody.make(channel: channel)
        bodySource = source
        answer(request, stream: body)
    }

    /// A reader that is slow holds the client back: it reads on when the reader wants more.
    private func pass(_ bytes: ByteBuffer) {
        since = table.now
        guard case .stopProducing? = bodySource?.yield(bytes) else { return }
        context?.channel.setOption(.autoRead, value: false).whenComplete { _ in }
    }

    private func interim(_ text: StaticString) {
        guard let context else { return }
        var buffer = context.channel.allocator.buffer(capacity: text.utf8CodeUnitCount)
        buffer.writeStaticString(text)
        context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
    }

    // MARK: Answering

    private func answer(_ request: Incoming, stream: RequestBody? = nil) {
        phase = .answering
        surroundings.totals.requestBegan()
        let start = surroundings.metrics == nil ? table.now : NIODeadline.now()
        let asked = HTTPRequest(
            method: request.head.method, target: request.head.uri, headers: request.head.headers, body: request.body,
            stream: stream, peer: peer)
        current = Current(
            version: request.head.version, isHead: request.head.method == .HEAD, keepAlive: request.keepAlive,
            id: asked.id, start: start)
        switch surroundings.responder.respond(to: asked) {
        case .now(let answer): send(answer)
        case .later(let produce): wait(for: produce)
        }
    }

    private func wait(for produce: @escaping @Sendable () async -> HTTPAnswer) {
        guard let loop = context?.eventLoop else { return }
        let bound = NIOLoopBound(self, eventLoop: loop)
        task = Task {
            let answer = await produce()
            loop.execute { bound.value.send(answer) }
        }
    }

    /// The next request may come; those that have come already are answered.
    func finished(keepAlive: Bool) {
        task = nil
        current = nil
        surroundings.totals.requestEnded()
        since = table.now
        guard keepAlive else { return end() }
        phase = .waiting
        if !isReading {
            flushIfNeeded()
            proceed()
        }
    }

    /// Works off what has come in and waits. A loop: answering one request does not call for the next from within.
    private func proceed() {
        guard !isDraining, let context else { return }
        isDraining = true
        while mayTake(context), let part = backlog.popFirst() { take(part) }
        isDraining = false
        flushIfNeeded()
        guard backlog.isEmpty else { return }
        if case .waiting = phase {
            if let refusal { return refuse(refusal) }
            if isInputClosed, !hasPartialHead { return end() }
        }
        if holdsRead {
            holdsRead = false
            context.read()
        }
    }

    private func mayTake(_ context: ChannelHandlerContext) -> Bool {
        switch phase {
        case .receiving: return true
        case .answering: return bodySource != nil
        case .lingering: return false
        case .waiting:
            // Answers that the client does not take must not pile up.
            if !context.channel.isWritable { flushIfNeeded() }
            return context.channel.isWritable
        }
    }

    // MARK: Refusing and ending

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let problem = Self.problem(error) else { return context.close(promise: nil) }
        if let bodySource {
            // Whoever reads the body answers, and that is the last answer.
            bodySource.finish(error)
            self.bodySource = nil
            current?.keepAlive = false
            return
        }
        if case .answering = phase {
            refusal = problem
        } else if backlog.isEmpty {
            refuse(problem)
        } else {
            refusal = problem
        }
    }

    /// What is wrong with what came; nil where the connection itself failed.
    private static func problem(_ error: any Error) -> Problem? {
        switch error {
        case HTTPParserError.headerOverflow: .headTooLarge
        case is HTTPParserError: .malformedRequest(nil)
        default: nil
        }
    }

    /// Answers what cannot be taken and ends the connection: where the next request would begin nobody knows.
    private func refuse(_ problem: Problem) {
        if case .lingering = phase { return }
        incoming = nil
        backlog.removeAll()
        refusal = nil
        phase = .answering
        surroundings.totals.requestBegan()
        current = Current(
            version: .http1_1, isHead: false, keepAlive: false, id: RequestID.random(), start: NIODeadline.now())
        send(problem.answer)
    }

    /// Lets the client have what was written, then tells it that nothing more comes.
    func end() {
        guard let context else { return }
        phase = .lingering
        backlog.removeAll()
        context.channel.setOption(.autoRead, value: true).whenComplete { _ in }
        since = table.now
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { _ in self.endOutput() }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer()), promise: written)
    }

    private func endOutput() {
        isOutputEnded = true
        since = table.now
        if isInputClosed { close() } else { context?.close(mode: .output, promise: nil) }
        if holdsRead {
            holdsRead = false
            context?.read()
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed { inputClosed() }
        context.fireUserInboundEventTriggered(event)
    }

    /// The client sends no more. It may have gone, or wait for its answer: only what is sent to it tells. An interim answer
    /// (RFC 9110, section 15.2) means nothing to one that waits; from where one has gone a reset comes back.
    private func inputClosed() {
        isInputClosed = true
        switch phase {
        case .waiting: if backlog.isEmpty { end() }
        case .receiving: close()
        case .answering where bodySource != nil: close()
        case .answering:
            guard let current, !current.hasHead, current.version == .http1_1 else { return }
            interim("HTTP/1.1 102 Processing\r\n\r\n")
        case .lingering: if isOutputEnded { close() }
        }
    }

    // MARK: What goes out

    func write(_ buffer: ByteBuffer) {
        context?.write(wrapOutboundOut(buffer), promise: nil)
        needsFlush = true
    }

    /// What a stream sends comes through here.
    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if let left = current?.bodyLeft {
            current?.bodyLeft = left - unwrapOutboundIn(data).readableBytes
            // More than was announced would be taken for the next answer.
            if left < unwrapOutboundIn(data).readableBytes {
                promise?.fail(ChannelError.ioOnClosedChannel)
                return close()
            }
        }
        context.write(data, promise: promise)
    }

    /// One system call for all that was written while a read was worked off.
    func flushIfNeeded() {
        guard needsFlush, !isReading else { return }
        needsFlush = false
        context?.flush()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable {
            gate.release(.success(()))
            proceed()
        }
        context.fireChannelWritabilityChanged()
    }

    // MARK: Time limits

    private var pendingBytes: Int {
        guard let options = context?.channel.syncOptions else { return 0 }
        return (try? options.getOption(.bufferedWritableBytes)) ?? 0
    }

    /// The client is to send more of a body that somebody reads.
    private var isWaitingForBody: Bool {
        guard bodySource != nil, let options = context?.channel.syncOptions else { return false }
        return (try? options.getOption(.autoRead)) ?? true
    }

    /// Nothing is being answered and everything was sent: a member that drains waits for slow readers as well.
    var isQuiet: Bool { current == nil && pendingBytes == 0 }

    func sweep(_ now: NIODeadline) {
        let limits = surroundings.limits
        let elapsed = Duration.nanoseconds((now - since).nanoseconds)
        if case .receiving = phase {
            if elapsed >= limits.bodyTime { refuse(.requestTimeout) }
            return
        }
        let pending = pendingBytes
        defer { pendingBefore = pending }
        if pending > 0, pending != pendingBefore {
            since = now
            return
        }
        switch phase {
        case .receiving: break
        case .answering:
            if pending > 0 || isWaitingForBody, elapsed >= limits.idle { close() }
        case .lingering: if elapsed >= (pending > 0 ? limits.idle : limits.linger) { close() }
        case .waiting:
            if hasPartialHead, elapsed >= limits.headTime { return refuse(.requestTimeout) }
            if elapsed >= limits.idle { close() }
        }
    }
}
