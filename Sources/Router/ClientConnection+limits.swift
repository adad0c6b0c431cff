// SPDX-License-Identifier: Apache-2.0

import HTTPService
import NIOCore
import NIOHTTP1

/// What a client may not do for long. Looked at every `ForwardingLoop.turnInterval`, with the time of that turn.
extension ClientConnection {
    /// After this long without a request its buffers are given back.
    private static let restAfter: TimeAmount = .seconds(1)

    func takeTurn(_ now: NIODeadline) {
        if closesAt < now { return close() }
        if cancelsAt < now { return close() }
        if isReaderStalled(now) { return drop(.slowReader) }
        switch phase {
        case .waiting: takeIdleTurn(now)
        case .answering:
            if isSenderStalled(now) { return timeOut(.slowSender) }
            exchange.takeTurn(now)
        case .closing, .closed: break
        }
    }

    private func takeIdleTurn(_ now: NIODeadline) {
        if let headSince, now - headSince > loop.configuration.headTimeout { return timeOut(.headTimeout) }
        guard input.readableBytes == 0 else { return }
        // As long as the last answer is on its way, what counts is whether the client takes it.
        if bytesTaken != bytesWritten { lastActivity = now }
        let idle = now - lastActivity
        if idle > loop.configuration.idleTimeout { return close() }
        if idle > Self.restAfter, idle <= Self.restAfter + ForwardingLoop.turnInterval * 2 { exchange.dropBuffers() }
    }

    /// The client takes what is written far too slowly.
    private func isReaderStalled(_ now: NIODeadline) -> Bool {
        guard phase != .closed, bytesWritten != bytesTaken, let channel = context?.channel,
            let waiting = try? channel.syncOptions?.getOption(.bufferedWritableBytes)
        else { return false }
        guard waiting > 0 else {
            bytesTaken = bytesWritten
            answerWatch.rest()
            return false
        }
        return answerWatch.isStalled(
            at: bytesWritten - waiting, now, window: loop.configuration.progressTimeout,
            least: loop.configuration.leastProgress)
    }

    /// The client sends a body far too slowly. Where we do not read it, the member is slow.
    private func isSenderStalled(_ now: NIODeadline) -> Bool {
        if case .none = incoming { return rest() }
        guard isReading else { return rest() }
        return bodyWatch.isStalled(
            at: bytesReceived, now, window: loop.configuration.progressTimeout, least: loop.configuration.leastProgress)
    }

    private func rest() -> Bool {
        bodyWatch.rest()
        return false
    }

    private func timeOut(_ reason: RefusalReason) {
        loop.shared.core.metrics.refuse(reason)
        let hasBegun = exchange.hasBegunToAnswer
        exchange.cancel()
        if hasBegun { return abort() }
        prepareForRefusal()
        send(Problem("request-timeout", .requestTimeout, "The request did not arrive in time."))
    }

    private func drop(_ reason: RefusalReason) {
        loop.shared.core.metrics.refuse(reason)
        close()
    }

    // MARK: Half-closed connections

    /// The client sends no more. One that said that this was its last request, or that the connection ends with it, waits
    /// for the answer; of any other it is likely that it has gone, and its work goes on for a moment only.
    func inputClosed() {
        inputIsClosed = true
        if phase == .closing, closesAt < .distantFuture { return close() }
        if phase == .answering, keepAlive, !exchange.hasBegunToAnswer {
            cancelsAt = .now() + loop.configuration.halfClosedGrace
        }
        advance()
    }

    /// Nothing more will come, and what has come has been taken as far as it can be for now.
    func inputIsOver() {
        switch (phase, incoming) {
        // The rest of the body never comes.
        case (.answering, .length), (.answering, .chunked): if input.readableBytes == 0 { close() }
        // Requests that were sent ahead have been answered by now; a part of one is not.
        case (.waiting, _): if isWritable { closeWhenWritten() }
        default: break
        }
    }

    /// The member at this address has missed its checks.
    func memberUnreachable(_ address: String) {
        if phase == .answering { exchange.memberUnreachable(address) }
    }
}
