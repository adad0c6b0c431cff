// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOHTTP1

/// One connection of a simulated reader: one request at a time, kept open between them.
final class ReaderConnection: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    /// What happens to the request under way.
    enum Event {
        case head(HTTPResponseHead)
        case body(ByteBuffer)
        case end
        /// Closed before the answer was whole; whether it had served another request before, and not answered this.
        case lost(wasStale: Bool)
    }

    let door: Int
    private var channel: (any Channel)?
    private var handler: ((Event) -> Void)?
    private var served = 0
    private var hasAnswered = false
    private(set) var isOpen = true

    init(door: Int) { self.door = door }

    func handlerAdded(context: ChannelHandlerContext) { channel = context.channel }

    var isIdle: Bool { handler == nil && isOpen }
    var isFinished: Bool { handler == nil && !isOpen }

    func send(_ head: HTTPRequestHead, _ handler: @escaping (Event) -> Void) {
        guard let channel else { return handler(.lost(wasStale: true)) }
        self.handler = handler
        hasAnswered = false
        channel.write(HTTPClientRequestPart.head(head), promise: nil)
        channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
    }

    func close() {
        handler = nil
        isOpen = false
        channel?.close(promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            guard head.status.code >= 200 else { return }
            hasAnswered = true
            if !head.isKeepAlive { isOpen = false }
            handler?(.head(head))
        case .body(let bytes): handler?(.body(bytes))
        case .end:
            served += 1
            let finished = handler
            handler = nil
            if !isOpen { channel?.close(promise: nil) }
            finished?(.end)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        lost()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
        lost()
    }

    private func lost() {
        isOpen = false
        let broken = handler
        handler = nil
        broken?(.lost(wasStale: served > 0 && !hasAnswered))
    }
}
