// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOHTTP1
import Synchronization

/// One connection: gathers a request, has it answered, writes the answer. NIO's pipelining handler before it lets one
/// request in at a time.
final class HTTPServerHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private struct Incoming {
        var head: HTTPRequestHead
        var body: ByteBuffer
        var isTooLarge = false
        var stream: RequestBody?
    }

    private let responder: any HTTPResponder
    private let bodyLimit: Int
    private let gate: WritabilityGate
    private var incoming: Incoming?
    /// Where the body goes of the request that is being answered already.
    private var bodySource: RequestBody.Producer.Source?
    private var task: Task<Void, Never>?
    private let active: ActiveRequests
    private var isAnswering = false
    /// How many requests of this connection are being delivered inside one another.
    private var depth = 0
    private static let deepest = 8
    private let decorate: @Sendable (inout HTTPHeaders) -> Void

    init(
        responder: any HTTPResponder, bodyLimit: Int, loop: any EventLoop, active: ActiveRequests,
        decorate: @escaping @Sendable (inout HTTPHeaders) -> Void
    ) {
        self.responder = responder
        self.bodyLimit = bodyLimit
        self.active = active
        self.decorate = decorate
        gate = WritabilityGate(loop: loop)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            incoming = Incoming(head: head, body: ByteBuffer())
            if head.headers[canonicalForm: "Expect"].contains(where: { $0.lowercased() == "100-continue" }) {
                let interim = HTTPResponseHead(version: head.version, status: .continue)
                context.writeAndFlush(wrapOutboundOut(.head(interim)), promise: nil)
            }
            if responder.takesStream(head.method, target: head.uri) { answerStreaming(context) }
        case .body(let bytes):
            if let bodySource, case .stopProducing = bodySource.yield(bytes) {
                context.channel.setOption(.autoRead, value: false).whenComplete { _ in }
            }
            guard incoming != nil else { return }
            if incoming!.body.readableBytes + bytes.readableBytes > bodyLimit {
                incoming!.isTooLarge = true
            } else {
                incoming!.body.writeImmutableBuffer(bytes)
            }
        case .end:
            bodySource?.finish()
            bodySource = nil
            guard let request = incoming else { return }
            incoming = nil
            depth += 1
            defer { depth -= 1 }
            if depth < Self.deepest { return answer(request, context) }
            // NIO delivers the next pipelined request from within the write that ends an answer: a client that sends
            // thousands at once would have us recurse until the stack is full.
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            context.eventLoop.execute {
                let (handler, context) = bound.value
                if context.channel.isActive { handler.answer(request, context) }
            }
        }
    }

    private func answerStreaming(_ context: ChannelHandlerContext) {
        guard var request = incoming else { return }
        incoming = nil
        let (body, source) = RequestBody.make(channel: context.channel)
        request.stream = body
        bodySource = source
        answer(request, context)
    }

    private func answer(_ incoming: Incoming, _ context: ChannelHandlerContext) {
        isAnswering = true
        active.count.add(1, ordering: .relaxed)
        let request = HTTPRequest(
            method: incoming.head.method, target: incoming.head.uri, headers: incoming.head.headers,
            body: incoming.body, stream: incoming.stream, peer: context.channel.remoteAddress?.ipAddress ?? "local")
        let reply = incoming.isTooLarge ? .now(Problem.tooLarge.answer) : responder.respond(to: request)
        switch reply {
        case .now(let answer): send(answer, to: incoming.head, request.id, context)
        case .later(let produce):
            let (bound, loop) = (NIOLoopBound((self, context), eventLoop: context.eventLoop), context.eventLoop)
            let head = incoming.head
            task = Task {
                let answer = await produce()
                loop.execute {
                    let (handler, context) = bound.value
                    handler.send(answer, to: head, request.id, context)
                }
            }
        }
    }

    private func send(_ answer: HTTPAnswer, to request: HTTPRequestHead, _ id: String, _ context: ChannelHandlerContext)
    {
        guard context.channel.isActive else { return }
        var head = HTTPResponseHead(version: request.version, status: answer.status, headers: answer.headers)
        head.headers.replaceOrAdd(name: RequestID.header, value: id)
        decorate(&head.headers)
        // NIO reads nothing more behind a head that asks for another protocol.
        var keepAlive = request.isKeepAlive && !request.headers.contains(name: "Upgrade")
        if bodySource != nil {
            // Nobody reads the rest of the body, and the next request is behind it.
            keepAlive = false
            bodySource = nil
        }
        let withoutBody = request.method == .HEAD || !answer.status.mayHaveResponseBody

        switch answer.body {
        case .none, .bytes:
            var bytes = ByteBuffer()
            if case .bytes(let buffer) = answer.body { bytes = buffer }
            if answer.status.mayHaveResponseBody {
                head.headers.replaceOrAdd(name: "Content-Length", value: String(bytes.readableBytes))
            }
            setConnection(&head, keepAlive, request.version)
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            if !withoutBody, bytes.readableBytes > 0 {
                context.write(wrapOutboundOut(.body(.byteBuffer(bytes))), promise: nil)
            }
            finish(keepAlive, context)
        case .stream(let produce):
            // Neither HTTP/1.0 nor an answer without a body can be told the end of in any other way.
            if withoutBody || request.version == .http1_0 { keepAlive = false }
            setConnection(&head, keepAlive, request.version)
            if withoutBody { head.headers.replaceOrAdd(name: "Content-Length", value: "0") }
            context.writeAndFlush(wrapOutboundOut(.head(head)), promise: nil)
            if withoutBody { return finish(keepAlive, context) }
            stream(produce, keepAlive, context)
        }
    }

    private func setConnection(_ head: inout HTTPResponseHead, _ keepAlive: Bool, _ version: HTTPVersion) {
        if !keepAlive {
            head.headers.replaceOrAdd(name: "Connection", value: "close")
        } else if version == .http1_0 {
            head.headers.replaceOrAdd(name: "Connection", value: "keep-alive")
        }
    }

    private func stream(
        _ produce: @escaping @Sendable (BodyWriter) async throws -> Void, _ keepAlive: Bool,
        _ context: ChannelHandlerContext
    ) {
        let writer = BodyWriter(channel: context.channel, gate: gate)
        let (bound, loop) = (NIOLoopBound((self, context), eventLoop: context.eventLoop), context.eventLoop)
        task = Task {
            var isWhole = true
            do { try await produce(writer) } catch { isWhole = false }
            loop.execute { [isWhole] in
                let (handler, context) = bound.value
                guard context.channel.isActive else { return }
                if isWhole { handler.finish(keepAlive, context) } else { context.close(promise: nil) }
            }
        }
    }

    private func finish(_ keepAlive: Bool, _ context: ChannelHandlerContext) {
        task = nil
        isAnswering = false
        let (channel, active) = (context.channel, active)
        // A request counts as answered when the answer has been written, not when it is queued: a member that drains waits
        // for slow readers as well.
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.whenComplete { _ in
            active.count.subtract(1, ordering: .relaxed)
            if !keepAlive { channel.close(promise: nil) }
        }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: promise)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { gate.release(.success(())) }
        context.fireChannelWritabilityChanged()
    }

    /// The client has gone: nobody waits for what is being made.
    func channelInactive(context: ChannelHandlerContext) {
        bodySource?.finish(ChannelError.ioOnClosedChannel)
        bodySource = nil
        task?.cancel()
        task = nil
        if isAnswering { active.count.subtract(1, ordering: .relaxed) }
        isAnswering = false
        gate.release(.failure(ChannelError.ioOnClosedChannel))
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is IdleStateHandler.IdleStateEvent, !isAnswering {
            context.close(promise: nil)
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
