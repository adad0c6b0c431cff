// SPDX-License-Identifier: Apache-2.0

import HTTPFraming
import HTTPService
import NIOCore
import NIOHTTP1
import Synchronization

/// What goes back to the client.
extension ClientConnection {
    /// A body up to this size goes into the same piece of memory as the head: cheaper than a write of two pieces.
    private static let joinedBody = 4 << 10

    // MARK: An answer of a member

    /// The end of the answer can be told only by the end of the connection, or what follows could not be told from a body.
    func closesAfterAnswer() { keepAlive = false }

    func rewrite(
        _ head: ResponseHead, _ source: ForwardedHeaders.Source, _ framing: AnswerFraming, into buffer: inout ByteBuffer
    ) {
        if loop.shared.isStopping.load(ordering: .relaxed) { keepAlive = false }
        AnswerRewriting(
            head: head, source: source, framing: framing, minorVersion: minorVersion, isKeptAlive: keepAlive,
            newSession: newSession
        ).write(to: &buffer)
    }

    /// A whole answer.
    func send(_ answer: borrowing HeldAnswer, by link: MemberLink?) {
        count(answer.status, link)
        if answer.body.readableBytes <= Self.joinedBody {
            var whole = answer.head
            whole.writeImmutableBuffer(answer.body)
            write(whole)
        } else {
            write(answer.head)
            write(answer.body)
        }
        finish()
    }

    /// The head of an answer that streams.
    func begin(_ head: ByteBuffer, status: Int, by link: MemberLink?) {
        count(status, link)
        cancelsAt = .distantFuture
        write(head)
    }

    /// Some of it. Returns whether the client takes more.
    func pass(_ piece: ByteBuffer, inChunk: Bool) -> Bool {
        if inChunk {
            var size = ByteBuffer()
            size.writeString(String(piece.readableBytes, radix: 16))
            size.writeStaticString("\r\n")
            write(size)
        }
        write(piece)
        if inChunk { write(ByteBuffer(staticString: "\r\n")) }
        return isWritable
    }

    func end(_ ending: StaticString) {
        if ending.utf8CodeUnitCount > 0 { write(ByteBuffer(staticString: ending)) }
        finish()
    }

    /// The answer breaks off; only a closed connection tells the client so.
    func abort() {
        phase = .closed
        close()
    }

    // MARK: An answer of the router's own

    func send(_ problem: Problem) { send(problem.answer) }

    func send(_ answer: HTTPAnswer) {
        var bytes = ByteBuffer()
        if case .bytes(let buffer) = answer.body { bytes = buffer }
        // A body that is still to come would be taken for the next request.
        if case .none = incoming {} else { keepAlive = false }
        var headers = answer.headers
        headers.replaceOrAdd(name: "Content-Length", value: String(bytes.readableBytes))
        headers.replaceOrAdd(name: RequestID.header, value: requestID.text)
        if !keepAlive {
            headers.add(name: "Connection", value: "close")
        } else if minorVersion == 0 {
            headers.add(name: "Connection", value: "keep-alive")
        }
        var head = ByteBuffer()
        head.writeString("HTTP/1.\(minorVersion) \(answer.status.code) \(answer.status.reasonPhrase)\r\n")
        for (name, value) in headers { head.writeString("\(name): \(value)\r\n") }
        head.writeStaticString("\r\n")
        if !isHead { head.writeImmutableBuffer(bytes) }
        count(Int(answer.status.code), nil)
        write(head)
        finish()
    }

    // MARK: Both

    private func count(_ status: Int, _ link: MemberLink?) {
        guard let place = routeClass?.place else { return }
        let metrics = loop.shared.core.metrics
        (link?.counters ?? metrics.own).count(place: place, status: status)
        metrics.took((.now() - began).nanoseconds, place: place)
    }

    func write(_ bytes: ByteBuffer) {
        bytesWritten += bytes.readableBytes
        context?.write(wrapOutboundOut(bytes), promise: nil)
    }

    func flush() { context?.flush() }

    private func finish() {
        guard phase == .answering else { return }
        cancelsAt = .distantFuture
        if keepAlive, case .none = incoming {
            phase = .waiting
            flush()
            lastActivity = loop.turn
            advance()
        } else {
            closeWhenWritten()
        }
    }

    /// Closes our side once everything has been written, and the rest when the client has done so too: closing at once
    /// while it still sends would make its system throw the answer away.
    func closeWhenWritten() {
        guard let context else { return }
        phase = .closing
        setReading(true)
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.assumeIsolated().whenComplete { _ in
            guard self.phase == .closing, let context = self.context else { return }
            if self.inputIsClosed { return self.close() }
            self.closesAt = .now() + Self.lingering
            context.close(mode: .output, promise: nil)
        }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer()), promise: promise)
    }

    /// A client that has read an answer to its end closes within a few round trips.
    private static let lingering: TimeAmount = .seconds(2)
}
