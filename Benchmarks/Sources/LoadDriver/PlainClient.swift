// SPDX-License-Identifier: Apache-2.0

import NIOCore
package import NIOHTTP1
import NIOPosix
import Synchronization

/// One request over a connection of its own: for admin ports, not for load.
package enum PlainClient {
    package struct Answer: Sendable {
        package var status: Int
        package var body: [UInt8]
    }

    /// - Throws: where no whole answer came within ten seconds.
    package static func send(
        _ method: HTTPMethod = .GET, host: String, port: Int, path: String, body: String = ""
    ) async throws -> Answer {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(.seconds(5))
            .connect(host: host, port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    try channel.pipeline.syncOperations.addHandler(IdleStateHandler(allTimeout: .seconds(10)))
                    try channel.pipeline.syncOperations.addHandler(CloseWhenIdle())
                    return try NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>(
                        wrappingChannelSynchronously: channel)
                }
            }
        let result = Mutex<Answer?>(nil)
        do {
            try await channel.executeThenClose { inbound, outbound in
                var head = HTTPRequestHead(version: .http1_1, method: method, uri: path)
                head.headers = [
                    "Host": "\(host):\(port)", "Connection": "close", "Content-Length": "\(body.utf8.count)",
                ]
                // In one piece: a server may answer and close as soon as it has the head of a request without a body.
                try await outbound.write(
                    contentsOf: [.head(head), .body(.byteBuffer(ByteBuffer(string: body))), .end(nil)])
                let answer = try await answer(inbound)
                result.withLock { $0 = answer }
            }
        } catch {
            // The other side may have closed the connection before we do.
            guard let answer = result.withLock({ $0 }) else { throw error }
            return answer
        }
        guard let answer = result.withLock({ $0 }) else { throw ChannelError.eof }
        return answer
    }

    private static func answer(_ inbound: NIOAsyncChannelInboundStream<HTTPClientResponsePart>) async throws -> Answer {
        var answer = Answer(status: 0, body: [])
        for try await part in inbound {
            switch part {
            case .head(let head): answer.status = Int(head.status.code)
            case .body(let bytes): answer.body += bytes.readableBytesView
            case .end: return answer
            }
        }
        throw ChannelError.eof
    }

    private final class CloseWhenIdle: ChannelInboundHandler {
        typealias InboundIn = NIOAny

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if event is IdleStateHandler.IdleStateEvent { context.close(promise: nil) }
            context.fireUserInboundEventTriggered(event)
        }
    }
}
