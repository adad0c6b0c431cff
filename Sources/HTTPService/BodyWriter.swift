// SPDX-License-Identifier: Apache-2.0

package import NIOCore

/// Writes the body of a streamed answer. Each write is flushed at once.
package struct BodyWriter: Sendable {
    private let channel: any Channel
    private let gate: WritabilityGate
    /// False for HTTP/1.0, where the end of the connection ends the body.
    private let isChunked: Bool

    init(channel: any Channel, gate: WritabilityGate, isChunked: Bool) {
        self.channel = channel
        self.gate = gate
        self.isChunked = isChunked
    }

    /// Sends the bytes and returns when the connection takes more. A client that does not read holds its producer here.
    /// - Throws: an error of the connection, `CancellationError`.
    package func write(_ bytes: ByteBuffer) async throws {
        // An empty chunk would end the body.
        guard bytes.readableBytes > 0 else { return }
        channel.writeAndFlush(isChunked ? Self.chunk(bytes, channel.allocator) : bytes, promise: nil)
        try await gate.wait(on: channel)
    }

    package func write(_ bytes: [UInt8]) async throws { try await write(ByteBuffer(bytes: bytes)) }

    /// RFC 9112, section 7.1.
    private static func chunk(_ bytes: ByteBuffer, _ allocator: ByteBufferAllocator) -> ByteBuffer {
        var chunk = allocator.buffer(capacity: bytes.readableBytes + 20)
        chunk.writeString(String(bytes.readableBytes, radix: 16))
        chunk.writeStaticString("\r\n")
        chunk.writeImmutableBuffer(bytes)
        chunk.writeStaticString("\r\n")
        return chunk
    }
}
