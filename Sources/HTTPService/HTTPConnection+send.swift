// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOHTTP1

extension HTTPConnection {
    /// Bodies up to this size are copied behind their head: one buffer costs the kernel less than two.
    private static let copied = 4096

    func send(_ answer: HTTPAnswer) {
        guard let context, context.channel.isActive else { return }
        if bodySource != nil {
            // Nobody reads the rest of the body, and the next request is behind it.
            current?.keepAlive = false
            bodySource = nil
        }
        guard let current else { return }
        if let metrics = surroundings.metrics {
            metrics.answered(
                answer.requestClass, answer.status, nanoseconds: (NIODeadline.now() - current.start).nanoseconds)
        }
        let keepAlive = current.keepAlive && !isLast
        switch answer.body {
        case .none: send(answer, nil, keepAlive, current, context)
        case .bytes(let bytes): send(answer, bytes, keepAlive, current, context)
        case .stream(let produce): stream(answer, produce, keepAlive, current, context)
        }
    }

    // MARK: Whole answers

    private func send(
        _ answer: HTTPAnswer, _ bytes: ByteBuffer?, _ keepAlive: Bool, _ current: Current,
        _ context: ChannelHandlerContext
    ) {
        let length = length(of: bytes, answer, current)
        let sent = current.isHead || !answer.status.mayHaveResponseBody ? 0 : length
        let isCopied = sent <= Self.copied
        var buffer = context.channel.allocator.buffer(
            capacity: (answer.preparedHead?.readableBytes ?? 640) + 160 + (isCopied ? sent : 0))
        writeHead(answer, length: answer.status.mayHaveResponseBody ? length : nil, keepAlive, current, &buffer)
        if let bytes, sent > 0, isCopied { buffer.writeImmutableBuffer(bytes) }
        write(buffer)
        if let bytes, sent > 0, !isCopied { write(bytes) }
        finished(keepAlive: keepAlive)
    }

    /// Of the body that a GET would get. Who answers HEAD may say it without having made the body.
    private func length(of bytes: ByteBuffer?, _ answer: HTTPAnswer, _ current: Current) -> Int {
        if let bytes { return bytes.readableBytes }
        return current.isHead ? answer.headers.first(name: "Content-Length").flatMap { Int($0) } ?? 0 : 0
    }

    private func writeHead(
        _ answer: HTTPAnswer, length: Int?, isChunked: Bool = false, _ keepAlive: Bool, _ current: Current,
        _ buffer: inout ByteBuffer
    ) {
        if let head = answer.preparedHead {
            buffer.writeImmutableBuffer(head)
        } else {
            AnswerHead.encode(answer.status, answer.headers, length: length, into: &buffer)
        }
        AnswerHead.write(RequestID.header, current.id, into: &buffer)
        buffer.writeImmutableBuffer(surroundings.commonFields)
        if isChunked { buffer.writeStaticString("Transfer-Encoding: chunked\r\n") }
        if !keepAlive {
            buffer.writeStaticString("Connection: close\r\n")
        } else if current.version == .http1_0 {
            buffer.writeStaticString("Connection: keep-alive\r\n")
        }
        buffer.writeStaticString("\r\n")
        self.current?.hasHead = true
    }

    // MARK: Streams

    private func stream(
        _ answer: HTTPAnswer, _ produce: @escaping @Sendable (BodyWriter) async throws -> Void, _ keepAlive: Bool,
        _ current: Current, _ context: ChannelHandlerContext
    ) {
        let withoutBody = current.isHead || !answer.status.mayHaveResponseBody
        let length = answer.headers.first(name: "Content-Length").flatMap { Int($0) }
        let isChunked = length == nil && current.version == .http1_1
        // HTTP/1.0 can be told the end of it in no other way.
        let keepAlive = keepAlive && (withoutBody || isChunked || length != nil)
        var buffer = context.channel.allocator.buffer(capacity: 1024)
        // Where nobody knows how long it would be, HEAD is told no length rather than a wrong one.
        writeHead(answer, length: length, isChunked: isChunked && !withoutBody, keepAlive, current, &buffer)
        if withoutBody {
            write(buffer)
            return finished(keepAlive: keepAlive)
        }
        // It leaves with the first bytes of the body: where there are none, another member may still be asked.
        context.write(wrapOutboundOut(buffer), promise: nil)
        self.current?.bodyLeft = length
        run(produce, isChunked: isChunked, keepAlive, context)
    }

    private func run(
        _ produce: @escaping @Sendable (BodyWriter) async throws -> Void, isChunked: Bool, _ keepAlive: Bool,
        _ context: ChannelHandlerContext
    ) {
        let writer = BodyWriter(channel: context.channel, gate: gate, isChunked: isChunked)
        let (bound, loop) = (NIOLoopBound(self, eventLoop: context.eventLoop), context.eventLoop)
        task = Task {
            var isWhole = true
            do { try await produce(writer) } catch { isWhole = false }
            loop.execute { [isWhole] in
                bound.value.streamEnded(isWhole: isWhole, isChunked: isChunked, keepAlive: keepAlive)
            }
        }
    }

    private func streamEnded(isWhole: Bool, isChunked: Bool, keepAlive: Bool) {
        guard let context, context.channel.isActive, current != nil else { return }
        // A body that breaks off must not look whole, nor the next answer like a part of it.
        guard isWhole, current?.bodyLeft ?? 0 == 0 else { return close() }
        if isChunked {
            var last = context.channel.allocator.buffer(capacity: 5)
            last.writeStaticString("0\r\n\r\n")
            write(last)
        }
        finished(keepAlive: keepAlive && !isLast)
        flushIfNeeded()
    }
}
