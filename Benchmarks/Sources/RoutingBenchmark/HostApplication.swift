// SPDX-License-Identifier: Apache-2.0

package import NIOCore
import NIOHTTP1
import NIOPosix

/// A small web application as it may stand beside a portal: one thread, one page of 16 KiB that is put together anew for each
/// request, which takes a good tenth of a millisecond.
package enum HostApplication {
    /// Listens at a free port of the loopback address.
    package static func start() async throws -> any Channel {
        try await ServerBootstrap(group: MultiThreadedEventLoopGroup(numberOfThreads: 1))
            .serverChannelOption(.backlog, value: 128)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(HostHandler())
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }

    /// A table of a few hundred rows.
    static func page() -> String {
        var text = "<!doctype html><title>Orders</title><table>"
        var row = 0
        while text.utf8.count < 16 << 10 {
            row += 1
            text +=
                "<tr><td>\(row)</td><td>\(row &* 7919 % 1000)</td><td>Order \(row) of \(row % 12 + 1)/2026</td></tr>"
        }
        return text + "</table>"
    }
}

private final class HostHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .end = unwrapInboundIn(data) else { return }
        let body = ByteBuffer(string: HostApplication.page())
        let headers: HTTPHeaders = ["Content-Type": "text/html", "Content-Length": "\(body.readableBytes)"]
        let head = HTTPResponseHead(version: .http1_1, status: .ok, headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }
}
