// SPDX-License-Identifier: Apache-2.0

import HTTPFraming
import HTTPService
import Metrics
import NIOCore
import Synchronization

/// One client's connection: finds requests in what comes, has each forwarded, and writes the answers. One request at a
/// time; what a client sends ahead waits, and at some point is no longer read.
final class ClientConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// What of the current request's body is still to come.
    enum Incoming {
        case none
        case length(Int)
        case chunked(ChunkedDecoder, data: Int)
    }

    enum Phase {
        /// Between two requests, or within a head.
        case waiting
        case answering
        /// The answer has been written and the connection is to end: it ends for good when the client has read it.
        case closing
        case closed
    }

    /// Bytes of requests sent ahead, beyond which the client is not read from.
    static let mostAhead = 32 << 10

    let loop: ForwardingLoop
    let peer: String
    let isTrusted: Bool
    /// Its index among the loop's connections.
    var place = 0
    var context: ChannelHandlerContext?
    private(set) lazy var exchange = Exchange(loop: loop, client: self)
    var phase = Phase.waiting

    // What comes in.
    var input = ByteBuffer()
    var incoming = Incoming.none
    /// So many bytes must have come before a member can be chosen; 0 where the head is all that is needed.
    private var awaited = 0
    private var isAdvancing = false
    private(set) var isReading = true
    var inputIsClosed = false
    var bytesReceived = 0

    // Of the request being answered.
    var keepAlive = true
    var minorVersion: UInt8 = 1
    var isHead = false
    var newSession: String?
    var requestID = RequestIdentity.number(0)
    var routeClass: Route.Class?
    var began = NIODeadline.now()

    // What the limits are measured by; see `ClientConnection+limits`.
    var bytesWritten = 0
    /// Known to have been taken by the client's system.
    var bytesTaken = 0
    var lastActivity: NIODeadline
    var headSince: NIODeadline?
    var closesAt = NIODeadline.distantFuture
    var cancelsAt = NIODeadline.distantFuture
    var bodyWatch = ProgressWatch()
    var answerWatch = ProgressWatch()

    init(loop: ForwardingLoop, peer: String, isTrusted: Bool) {
        self.loop = loop
        self.peer = peer
        self.isTrusted = isTrusted
        lastActivity = loop.turn
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        loop.add(self)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        loop.remove(self)
    }

    var isIdle: Bool { phase == .waiting && input.readableBytes == 0 }
    var isWritable: Bool { context?.channel.isWritable ?? true }

    // MARK: Reading

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        guard phase != .closing, phase != .closed else { return }
        bytesReceived += bytes.readableBytes
        if input.readableBytes == 0 {
            input = bytes
        } else {
            // A head that was not complete is looked at again only once it may be.
            let mayComplete =
                phase == .answering || bytes.readableBytesView.contains(0x0A)
                || (awaited > 0 && input.readableBytes + bytes.readableBytes >= awaited)
                || input.readableBytes + bytes.readableBytes >= loop.configuration.headLimits.bytes
            input.writeBuffer(&bytes)
            guard mayComplete else { return }
        }
        advance()
    }

    /// Does what can be done with what has come. Not from within itself: a client that sends thousands of requests ahead
    /// would have us recurse until the stack is full.
    func advance() {
        guard !isAdvancing else { return }
        isAdvancing = true
        defer { isAdvancing = false }
        while takeStep() {}
        if phase == .answering, input.readableBytes > Self.mostAhead { setReading(false) }
    }

    /// Returns whether there may be a further one.
    private func takeStep() -> Bool {
        switch (phase, incoming) {
        case (.closing, _), (.closed, _):
            input = ByteBuffer()
            return false
        case (.answering, .none): return false
        case (.answering, _): return takeBody()
        case (.waiting, _):
            // An answer that the client has not taken yet comes before the next request.
            guard input.readableBytes > 0, isWritable else { return false }
            return takeHead()
        }
    }

    private func takeHead() -> Bool {
        let bytes = input
        let result = bytes.withUnsafeReadableBytes { bytes -> Result<RequestHead?, FramingError> in
            do throws(FramingError) {
                return .success(try loop.scanner.request(bytes))
            } catch {
                return .failure(error)
            }
        }
        switch result {
        case .failure(let error):
            refuse(error)
            return false
        case .success(nil):
            if headSince == nil { headSince = loop.turn }
            return false
        case .success(let head?):
            let fields = loop.scanner.fields
            return bytes.withUnsafeReadableBytes { bytes in
                let source = ForwardedHeaders.Source(bytes: bytes, fields: fields)
                guard !awaitsForm(of: head, source) else { return false }
                headSince = nil
                input.moveReaderIndex(forwardBy: head.length)
                if input.readableBytes == 0 { input = ByteBuffer() }
                begin(head, source)
                return true
            }
        }
    }

    /// Whether the session, by which a member is chosen, stands in a form that is not there yet. It counts as a part of the
    /// head: the same time is given to it.
    private func awaitsForm(of head: RequestHead, _ source: ForwardedHeaders.Source) -> Bool {
        let wasAwaited = awaited > 0
        awaited = 0
        guard case .length = head.framing, let length = loop.shared.core.sessionToken?.awaitedForm(source),
            input.readableBytes < head.length + length
        else { return false }
        awaited = head.length + length
        if headSince == nil { headSince = loop.turn }
        if head.expectsContinue, !wasAwaited {
            write(ByteBuffer(staticString: "HTTP/1.1 100 Continue\r\n\r\n"))
            flush()
        }
        return true
    }

    private func refuse(_ error: FramingError) {
        loop.shared.core.metrics.refuse(error.refusal)
        prepareForRefusal()
        send(Problem(error))
    }

    /// No request, so nothing is known of it.
    func prepareForRefusal() {
        phase = .answering
        keepAlive = false
        minorVersion = 1
        isHead = false
        newSession = nil
        routeClass = nil
        incoming = .none
        requestID = .number(loop.numbers.next())
    }

    // MARK: The request's body

    /// The exchange takes more of it.
    func bodyIsWanted() {
        setReading(true)
        advance()
    }

    private func takeBody() -> Bool {
        guard exchange.wantsBody else {
            setReading(false)
            return false
        }
        guard input.readableBytes > 0 else { return false }
        switch incoming {
        case .none: break
        case .length(let remaining):
            let count = min(remaining, input.readableBytes)
            incoming = count == remaining ? .none : .length(remaining - count)
            if let piece = input.readSlice(length: count) { exchange.send(piece, isLast: count == remaining) }
        case .chunked(var decoder, let before):
            do throws(FramingError) {
                let piece = try decoder.follow(input) { _ in }
                guard before + piece.data <= loop.configuration.bodyLimit else {
                    bodyIsTooLarge()
                    return false
                }
                incoming = decoder.isDone ? .none : .chunked(decoder, data: before + piece.data)
                pass(piece, isLast: decoder.isDone)
            } catch {
                let hasBegun = exchange.hasBegunToAnswer
                exchange.cancel()
                hasBegun ? abort() : refuse(error)
                return false
            }
        }
        if input.readableBytes == 0 { input = ByteBuffer() }
        return true
    }

    /// Passes chunks on as they came, but for the trailer fields.
    private func pass(_ piece: ChunkedDecoder.Piece, isLast: Bool) {
        let isPlain = isLast && piece.consumed == piece.raw + 2
        let chunks = input.getSlice(at: input.readerIndex, length: isPlain ? piece.consumed : piece.raw)
        input.moveReaderIndex(forwardBy: piece.consumed)
        if let chunks, chunks.readableBytes > 0 { exchange.send(chunks, isLast: isPlain) }
        if isLast, !isPlain { exchange.send(ByteBuffer(staticString: "\r\n"), isLast: true) }
    }

    func bodyIsTooLarge() {
        loop.shared.core.metrics.refuse(.bodyTooLarge)
        keepAlive = false
        incoming = .none
        let hasBegun = exchange.hasBegunToAnswer
        exchange.cancel()
        hasBegun ? abort() : send(Problem.tooLarge)
    }

    // MARK: The connection

    func setReading(_ wanted: Bool) {
        guard wanted != isReading, let context else { return }
        isReading = wanted
        try? context.channel.syncOptions?.setOption(.autoRead, value: wanted)
        if wanted { context.read() }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable {
            exchange.clientTakesMore()
            advance()
        }
        context.fireChannelWritabilityChanged()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .inputClosed? = event as? ChannelEvent { inputClosed() }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        phase = .closed
        exchange.cancel()
        loop.shared.doors.leave(peer)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { close() }

    func close() { context?.close(promise: nil) }
}
