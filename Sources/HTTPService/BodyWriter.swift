// SPDX-License-Identifier: Apache-2.0

package import NIOCore
import NIOHTTP1

/// Writes the body of a streamed answer. Each write is flushed at once.
package struct BodyWriter: Sendable {
    private let channel: any Channel
    private let gate: WritabilityGate

    init(channel: any Channel, gate: WritabilityGate) {
        self.channel = channel
        self.gate = gate
    }

    /// Sends the bytes and returns when the connection takes more. A client that does not read holds its producer here.
    /// - Throws: an error of the connection, `CancellationError`.
    package func write(_ bytes: ByteBuffer) async throws {
        channel.writeAndFlush(HTTPServerResponsePart.body(.byteBuffer(bytes)), promise: nil)
        try await gate.wait(on: channel)
    }

    package func write(_ bytes: [UInt8]) async throws { try await write(ByteBuffer(bytes: bytes)) }
}

/// Holds a producer while the connection's outbound buffer is full. Its state belongs to the event loop.
final class WritabilityGate: Sendable {
    private let waiting: NIOLoopBoundBox<[CheckedContinuation<Void, any Error>]>
    private let loop: any EventLoop

    init(loop: any EventLoop) {
        self.loop = loop
        waiting = NIOLoopBoundBox([], eventLoop: loop)
    }

    func wait(on channel: any Channel) async throws {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                loop.execute { [self] in
                    if !channel.isActive {
                        continuation.resume(throwing: ChannelError.ioOnClosedChannel)
                    } else if channel.isWritable {
                        continuation.resume()
                    } else {
                        waiting.value.append(continuation)
                    }
                }
            }
            try Task.checkCancellation()
        } onCancel: {
            loop.execute { self.release(.failure(CancellationError())) }
        }
    }

    /// To be called on the event loop.
    func release(_ result: Result<Void, any Error>) {
        let continuations = waiting.value
        waiting.value = []
        for continuation in continuations { continuation.resume(with: result) }
    }
}
