// SPDX-License-Identifier: Apache-2.0

import Glibc
import NIOCore
import NIOPosix

/// A client that sends exactly what a test says, and sees exactly what comes.
final class RawClient {
    private let channel: any Channel
    private var pieces: AsyncStream<ByteBuffer>.Iterator
    private var received = ByteBuffer()

    private init(_ channel: any Channel, _ pieces: AsyncStream<ByteBuffer>) {
        self.channel = channel
        self.pieces = pieces.makeAsyncIterator()
    }

    /// - Parameter receiveBuffer: of the system; small for one that takes next to nothing.
    static func connect(_ port: Int, receiveBuffer: Int? = nil) async throws -> RawClient {
        let (pieces, continuation) = AsyncStream.makeStream(of: ByteBuffer.self)
        var bootstrap = ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Receiver(continuation))
                }
            }
        if let receiveBuffer { bootstrap = bootstrap.channelOption(.socketOption(.so_rcvbuf), value: receiveBuffer) }
        return RawClient(try await bootstrap.connect(host: "127.0.0.1", port: port).get(), pieces)
    }

    func send(_ text: String) { channel.writeAndFlush(ByteBuffer(string: text), promise: nil) }
    func send(_ bytes: [UInt8]) async throws { try await channel.writeAndFlush(ByteBuffer(bytes: bytes)) }
    func write(_ bytes: [UInt8]) -> EventLoopFuture<Void> { channel.writeAndFlush(ByteBuffer(bytes: bytes)) }

    /// Sends no more; takes what still comes.
    func halfClose() async throws { try await channel.close(mode: .output).get() }

    /// Goes with a reset.
    func reset() async throws {
        try await (channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
        try await channel.close().get()
    }

    func stopReading() async throws { try await channel.setOption(.autoRead, value: false).get() }

    /// What has come, once that much has, and it leaves.
    func take(until isEnough: (String) -> Bool) async -> String {
        while !isEnough(String(buffer: received)), let piece = await pieces.next() {
            received.writeImmutableBuffer(piece)
        }
        defer { received.clear() }
        return String(buffer: received)
    }

    /// The head of an answer and its body of the announced length.
    func answer() async -> String {
        await take { text in
            guard let end = text.range(ofHead: "\r\n\r\n") else { return false }
            return text.utf8.count - end >= text.contentLength
        }
    }

    /// Everything until the other side closes.
    func rest() async -> String { await take { _ in false } }

    func close() async { try? await channel.close() }

    private final class Receiver: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer
        private let continuation: AsyncStream<ByteBuffer>.Continuation

        init(_ continuation: AsyncStream<ByteBuffer>.Continuation) { self.continuation = continuation }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) { continuation.yield(unwrapInboundIn(data)) }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if case .inputClosed? = event as? ChannelEvent { continuation.finish() }
        }

        func channelInactive(context: ChannelHandlerContext) { continuation.finish() }
        func errorCaught(context: ChannelHandlerContext, error: any Error) { continuation.finish() }
    }
}

extension String {
    /// Where the body begins, in bytes.
    fileprivate func range(ofHead end: String) -> Int? {
        let (bytes, end) = (Array(utf8), Array(end.utf8))
        guard bytes.count >= end.count else { return nil }
        for start in 0...bytes.count - end.count where bytes[start..<start + end.count].elementsEqual(end) {
            return start + end.count
        }
        return nil
    }

    fileprivate var contentLength: Int {
        for line in split(separator: "\r\n") where line.lowercased().hasPrefix("content-length:") {
            return Int(line.dropFirst(15).drop { $0 == " " }) ?? 0
        }
        return 0
    }

    var statusCode: String { String(dropFirst(9).prefix(3)) }
}
