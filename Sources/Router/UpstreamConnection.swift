// SPDX-License-Identifier: Apache-2.0

import HTTPFraming
import NIOCore

/// A connection to a member. Used by one exchange at a time, all on one event loop.
final class UpstreamConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum Phase {
        case idle
        case head
        case length(Int)
        case chunked(ChunkedDecoder)
        case untilClose
    }

    let link: MemberLink
    /// Where it leads; the member may have moved since.
    let address: String
    /// It has served an exchange before: it may have been closed by the member meanwhile.
    private(set) var isReused = false
    var idleSince = NIODeadline.distantFuture
    private unowned let loop: ForwardingLoop
    private var context: ChannelHandlerContext?
    private var exchange: Exchange?
    private var phase = Phase.idle
    /// The beginning of a head.
    private var pending: ByteBuffer?
    private var mayBeKept = true
    private var isReading = true

    init(loop: ForwardingLoop, link: MemberLink) {
        self.loop = loop
        self.link = link
        address = link.address
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    // MARK: What the exchange does

    /// Sends the head and what there is of the body.
    func send(_ head: ByteBuffer, _ body: ByteBuffer, for exchange: Exchange) {
        self.exchange = exchange
        phase = .head
        guard let context else { return }
        context.write(wrapOutboundOut(head), promise: nil)
        if body.readableBytes > 0 { context.write(wrapOutboundOut(body), promise: nil) }
        context.flush()
    }

    /// More of the body. Returns whether the member takes yet more.
    func send(_ piece: ByteBuffer) -> Bool {
        guard let context else { return true }
        context.writeAndFlush(wrapOutboundOut(piece), promise: nil)
        return context.channel.isWritable
    }

    /// Back-pressure: the client takes no more for now.
    func setReading(_ wanted: Bool) {
        guard wanted != isReading, let context else { return }
        isReading = wanted
        try? context.channel.syncOptions?.setOption(.autoRead, value: wanted)
        if wanted { context.read() }
    }

    /// Ends the connection; its exchange hears nothing more of it.
    func abandon() {
        exchange = nil
        mayBeKept = false
        context?.close(promise: nil)
    }

    var isUsable: Bool { mayBeKept && context?.channel.isActive == true }
    var isWritable: Bool { context?.channel.isWritable ?? true }

    // MARK: What the member sends

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        guard exchange != nil else {
            // What nobody asked for must not become the answer to the next request.
            return abandon()
        }
        do {
            if case .head = phase { try head(&bytes) }
            try body(&bytes)
        } catch {
            abandonBroken()
        }
    }

    private func head(_ bytes: inout ByteBuffer) throws(FramingError) {
        if var pending {
            self.pending = nil
            pending.writeBuffer(&bytes)
            bytes = pending
        }
        while let exchange, case .head = phase {
            let (head, failure) = bytes.withUnsafeReadableBytes { bytes -> (ResponseHead?, FramingError?) in
                do throws(FramingError) {
                    guard let head = try loop.scanner.response(bytes) else { return (nil, nil) }
                    guard head.status != 101 else { throw .statusLine }
                    if head.status >= 200 { exchange.received(head, bytes, loop.scanner.fields) }
                    return (head, nil)
                } catch {
                    return (nil, error)
                }
            }
            if let failure { throw failure }
            guard let head else {
                pending = bytes
                bytes = ByteBuffer()
                return
            }
            bytes.moveReaderIndex(forwardBy: head.length)
            // Interim answers say nothing that a client waits for; the final one follows.
            if head.status >= 200 { begin(head, exchange) }
        }
    }

    private func begin(_ head: ResponseHead, _ exchange: Exchange) {
        if !head.isKeptAlive { mayBeKept = false }
        if exchange.isHead || head.isBodiless {
            phase = .length(0)
            return
        }
        switch head.framing {
        case .none: phase = .length(0)
        case .length(let length): phase = .length(length)
        case .chunked: phase = .chunked(ChunkedDecoder())
        case .untilClose:
            mayBeKept = false
            phase = .untilClose
        }
    }

    private func body(_ bytes: inout ByteBuffer) throws(FramingError) {
        switch phase {
        case .idle, .head: break
        case .length(let remaining):
            let count = min(remaining, bytes.readableBytes)
            phase = .length(remaining - count)
            if count > 0, let piece = bytes.readSlice(length: count) { exchange?.received(piece) }
            if count == remaining { end(bytes) }
        case .chunked(var decoder):
            guard let exchange, bytes.readableBytes > 0 else { return }
            let piece = exchange.takesChunks ? try raw(&decoder, bytes) : try decoded(&decoder, bytes, exchange)
            phase = .chunked(decoder)
            if exchange.takesChunks, piece.raw > 0, let slice = bytes.getSlice(at: bytes.readerIndex, length: piece.raw)
            {
                exchange.received(slice)
            }
            bytes.moveReaderIndex(forwardBy: piece.consumed)
            if decoder.isDone { end(bytes) }
        case .untilClose: if bytes.readableBytes > 0 { exchange?.received(bytes) }
        }
    }

    private func raw(_ decoder: inout ChunkedDecoder, _ bytes: ByteBuffer) throws(FramingError) -> ChunkedDecoder.Piece
    {
        try decoder.follow(bytes) { _ in }
    }

    private func decoded(
        _ decoder: inout ChunkedDecoder, _ bytes: ByteBuffer, _ exchange: Exchange
    ) throws(FramingError) -> ChunkedDecoder.Piece {
        try decoder.follow(bytes) { range in
            if let slice = bytes.getSlice(at: bytes.readerIndex + range.lowerBound, length: range.count), !range.isEmpty
            {
                exchange.received(slice)
            }
        }
    }

    private func end(_ rest: ByteBuffer) {
        let finished = exchange
        exchange = nil
        phase = .idle
        isReused = true
        if rest.readableBytes > 0 { mayBeKept = false }
        finished?.receivedEnd(self)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        exchange?.flush()
        context.fireChannelReadComplete()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { exchange?.memberTakesMore() }
        context.fireChannelWritabilityChanged()
    }

    // MARK: Its end

    /// What it sends is no answer.
    private func abandonBroken() {
        let broken = exchange
        abandon()
        broken?.lostConnection(self, isStale: false)
    }

    func channelInactive(context: ChannelHandlerContext) {
        mayBeKept = false
        if case .untilClose = phase { return end(ByteBuffer()) }
        lose()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // NIO does not always tell that a channel is inactive which is closed while it still connects.
        mayBeKept = false
        lose()
        context.close(promise: nil)
    }

    private func lose() {
        let broken = exchange
        exchange = nil
        let isUntouched = if case .head = phase { pending == nil } else { false }
        phase = .idle
        if let broken { broken.lostConnection(self, isStale: isReused && isUntouched) } else { link.remove(self) }
    }
}

extension ChunkedDecoder {
    /// Follows what can be read of a buffer; ranges are counted from its reader index.
    mutating func follow(_ bytes: ByteBuffer, take: (Range<Int>) -> Void) throws(FramingError) -> Piece {
        let result = bytes.withUnsafeReadableBytes { bytes -> Result<Piece, FramingError> in
            do throws(FramingError) {
                return .success(try follow(bytes, take: take))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }
}
