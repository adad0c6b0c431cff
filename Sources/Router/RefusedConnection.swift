// SPDX-License-Identifier: Apache-2.0

import HTTPService
import NIOCore
import NIOHTTP1

/// A connection for which there is no room: it is told so and closed, whatever it sends.
final class RefusedConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private static let text: ByteBuffer = {
        let problem = Problem(
            "too-many-connections", .serviceUnavailable, "There are too many connections.", retryAfter: 1)
        let body = problem.json.utf8
        return ByteBuffer(
            string: "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/problem+json\r\nRetry-After: 1\r\n"
                + "Connection: close\r\nContent-Length: \(body.count)\r\n\r\n\(String(decoding: body, as: UTF8.self))")
    }()

    func channelActive(context: ChannelHandlerContext) {
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(Self.text)).whenComplete { _ in
            bound.value.close(mode: .output, promise: nil)
        }
        // Long enough for the client to read it.
        context.eventLoop.scheduleTask(in: .milliseconds(500)) { bound.value.close(promise: nil) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {}
}
