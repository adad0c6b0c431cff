// SPDX-License-Identifier: Apache-2.0

import Affinity
import HTTPService
import Metrics
import NIOCore
import NIOHTTP1
import TileModel

/// One client's connection. NIO's pipelining handler before it lets one request in at a time.
final class ClientHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let core: RouterCore
    private let pool: UpstreamPool
    /// What the router answers itself: liveness and metrics.
    private let local: any HTTPResponder
    private var context: ChannelHandlerContext?
    private var head: HTTPRequestHead?
    private var body = ByteBuffer()
    private var isBodyTooLarge = false
    private var exchange: Exchange?
    private var scratch = CandidateList()

    // Of the request being answered.
    private var isAnswering = false
    private var keepAlive = true
    private var version = HTTPVersion.http1_1
    private var isHead = false
    private var newSession: String?
    private var requestID = ""
    private var routeClass: Route.Class?
    /// How many requests of this connection are being delivered inside one another.
    private var depth = 0
    private static let deepest = 8

    init(core: RouterCore, pool: UpstreamPool, local: any HTTPResponder) {
        self.core = core
        self.pool = pool
        self.local = local
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    // MARK: The request

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body.clear()
            isBodyTooLarge = false
            if head.headers[canonicalForm: "Expect"].contains(where: { $0.lowercased() == "100-continue" }) {
                let interim = HTTPResponseHead(version: head.version, status: .continue)
                context.writeAndFlush(wrapOutboundOut(.head(interim)), promise: nil)
            }
        case .body(let bytes):
            if body.readableBytes + bytes.readableBytes > core.configuration.bodyLimit {
                isBodyTooLarge = true
            } else {
                body.writeImmutableBuffer(bytes)
            }
        case .end:
            guard let head else { return }
            self.head = nil
            depth += 1
            defer { depth -= 1 }
            if depth < Self.deepest { return route(head, context) }
            // NIO delivers the next pipelined request from within the write that ends an answer: a client that sends
            // thousands at once would have us recurse until the stack is full.
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            context.eventLoop.execute {
                let (handler, context) = bound.value
                if context.channel.isActive { handler.route(head, context) }
            }
        }
    }

    private func route(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        isAnswering = true
        // NIO reads nothing more behind a head that asks for another protocol.
        keepAlive =
            head.isKeepAlive && !head.headers.contains(name: "Upgrade") && head.method != .CONNECT
            && core.keepsConnections
        version = head.version
        isHead = head.method == .HEAD
        newSession = nil
        routeClass = nil
        let peer = context.channel.remoteAddress?.ipAddress ?? "local"
        let isTrusted = core.configuration.trustedProxies.contains(peer)
        requestID = head.headers.first(name: RequestID.header).flatMap(RequestID.valid) ?? RequestID.random()

        if isBodyTooLarge { return send(Problem.tooLarge) }
        // RFC 9112, section 3.2: exactly one in HTTP/1.1. It comes back in the addresses of info.json, so it must be a host.
        let hosts = head.headers["Host"]
        guard hosts.count == 1 || (hosts.isEmpty && version == .http1_0), hosts.allSatisfy(ForwardedHeaders.isHost)
        else {
            keepAlive = false
            return send(Problem("malformed-request", .badRequest, "The request needs one valid Host header."))
        }
        if head.method == .CONNECT { return send(Problem.methodNotAllowed("GET or HEAD")) }
        let request = HTTPRequest(
            method: head.method, target: head.uri, headers: head.headers, peer: peer, id: requestID)
        if case .now(let answer) = local.respond(to: request), answer.status != .notFound { return send(answer) }
        do {
            let route = try Route(path: request.path)
            routeClass = route.class
            var session = ForwardedHeaders.session(head.headers)
            if session == nil, core.wantsSession {
                newSession = RequestID.random()
                session = newSession
            }
            let choice = core.choose(
                route,
                RouterCore.Asker(
                    session: session,
                    client: ForwardedHeaders.client(
                        head.headers, peer: peer, trusted: core.configuration.trustedProxies)), scratch: &scratch)
            if route.document != nil { (choice.isOwner ? core.metrics.owned : core.metrics.spilled).increment() }
            var forwarded = head
            ForwardedHeaders.prepare(
                &forwarded, bodyLength: body.readableBytes, peer: peer, isTrusted: isTrusted, requestID: requestID,
                owner: choice.ownerID)
            let exchange = Exchange(
                core: core, pool: pool, client: self, head: forwarded, body: body, route: route,
                targets: choice.targets)
            self.exchange = exchange
            exchange.start()
        } catch {
            send(
                Problem(
                    "malformed-document-id", .badRequest, "The document's name is malformed.",
                    detail: error.explanation))
        }
    }

    // MARK: The answer

    /// A whole answer from a member.
    func send(_ head: HTTPResponseHead, _ bytes: ByteBuffer) {
        exchange = nil
        write(head)
        if bytes.readableBytes > 0, !isHead { context?.write(wrapOutboundOut(.body(.byteBuffer(bytes))), promise: nil) }
        finish()
    }

    /// The head of an answer that streams.
    func begin(_ head: HTTPResponseHead) {
        if version == .http1_0 { keepAlive = false }
        write(head)
        context?.flush()
    }

    /// Some of it. Returns whether the client takes more.
    func pass(_ bytes: ByteBuffer) -> Bool {
        context?.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(bytes))), promise: nil)
        return context?.channel.isWritable ?? true
    }

    func end() {
        exchange = nil
        finish()
    }

    /// The answer breaks off; only a closed connection tells the client so.
    func abort() {
        exchange = nil
        context?.close(promise: nil)
    }

    func send(_ problem: Problem) { send(problem.answer) }

    private func send(_ answer: HTTPAnswer) {
        exchange = nil
        var headers = answer.headers
        var bytes = ByteBuffer()
        if case .bytes(let buffer) = answer.body { bytes = buffer }
        headers.replaceOrAdd(name: "Content-Length", value: String(bytes.readableBytes))
        headers.replaceOrAdd(name: RequestID.header, value: requestID)
        write(HTTPResponseHead(version: version, status: answer.status, headers: headers))
        if bytes.readableBytes > 0, !isHead { context?.write(wrapOutboundOut(.body(.byteBuffer(bytes))), promise: nil) }
        finish()
    }

    private func write(_ original: HTTPResponseHead) {
        var head = original
        head.version = version
        ForwardedHeaders.removeHopByHop(&head.headers)
        if !keepAlive {
            head.headers.add(name: "Connection", value: "close")
        } else if version == .http1_0 {
            head.headers.add(name: "Connection", value: "keep-alive")
        }
        if let newSession {
            // A cache on the way must not give one reader's session to others.
            let cacheControl = head.headers[canonicalForm: "Cache-Control"].map {
                $0 == "public" ? "private" : String($0)
            }
            if !cacheControl.isEmpty {
                head.headers.replaceOrAdd(name: "Cache-Control", value: cacheControl.joined(separator: ", "))
            }
            head.headers.add(
                name: "Set-Cookie",
                value: "\(ForwardedHeaders.sessionCookie)=\(newSession); Path=/; HttpOnly; SameSite=Lax")
        }
        if let routeClass { core.metrics.answered(routeClass, head.status) }
        context?.write(wrapOutboundOut(.head(head)), promise: nil)
    }

    private func finish() {
        isAnswering = false
        guard let context else { return }
        guard !keepAlive else { return context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil) }
        let channel = context.channel
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.whenComplete { _ in channel.close(promise: nil) }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: promise)
    }

    // MARK: The connection

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { exchange?.clientBecameWritable() }
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        exchange?.cancel()
        exchange = nil
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
