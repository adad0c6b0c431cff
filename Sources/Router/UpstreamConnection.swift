// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOHTTP1

/// A connection to a member. Used by one exchange at a time, all on one event loop.
final class UpstreamConnection: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    let address: String
    /// It has served an exchange before: it may have been closed by the member meanwhile.
    private(set) var isReused = false
    private(set) var channel: (any Channel)?
    private var exchange: Exchange?
    private var mayBeKept = true
    private let onIdleClose: (UpstreamConnection) -> Void

    init(address: String, onIdleClose: @escaping (UpstreamConnection) -> Void) {
        self.address = address
        self.onIdleClose = onIdleClose
    }

    func handlerAdded(context: ChannelHandlerContext) { channel = context.channel }

    func send(_ head: HTTPRequestHead, _ body: ByteBuffer, for exchange: Exchange) {
        self.exchange = exchange
        guard let channel else { return }
        channel.write(HTTPClientRequestPart.head(head), promise: nil)
        if body.readableBytes > 0 { channel.write(HTTPClientRequestPart.body(.byteBuffer(body)), promise: nil) }
        channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
    }

    /// Back-pressure: the client takes no more for now.
    func setReading(_ isReading: Bool) {
        _ = channel?.setOption(.autoRead, value: isReading)
        if isReading { channel?.read() }
    }

    /// Ends the connection; its exchange hears nothing more of it.
    func abandon() {
        exchange = nil
        mayBeKept = false
        channel?.close(promise: nil)
    }

    var isUsable: Bool { mayBeKept && channel?.isActive == true }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // What nobody asked for must not become the answer to the next request.
        guard exchange != nil else {
            mayBeKept = false
            return context.close(promise: nil)
        }
        switch unwrapInboundIn(data) {
        case .head(let head):
            // Interim answers say nothing that a client waits for; the final one follows.
            guard head.status.code >= 200 else { return }
            if !head.isKeepAlive { mayBeKept = false }
            exchange?.received(head)
        case .body(let bytes): exchange?.received(bytes)
        case .end:
            let finished = exchange
            exchange = nil
            isReused = true
            finished?.receivedEnd()
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        mayBeKept = false
        let broken = exchange
        exchange = nil
        if let broken { broken.lostConnection() } else { onIdleClose(self) }
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        mayBeKept = false
        // NIO does not always tell that a channel is inactive which is closed while it still connects.
        let broken = exchange
        exchange = nil
        context.close(promise: nil)
        broken?.lostConnection()
    }
}
