// SPDX-License-Identifier: Apache-2.0

package import Logging
import NIOPosix
import Synchronization
import TileCache

/// Asks a Redis server, on threads of its own, and fails open: who asks has waited no longer than it was willing to, whatever
/// the server does. After a failure nobody asks for a while (`RedisPause`).
package final class RedisClient: Sendable {
    package struct Configuration: Sendable {
        /// What a question may take, connecting included.
        package var patience: Duration = .milliseconds(20)
        /// What one may take that nobody waits for.
        package var unhurried: Duration = .milliseconds(500)
        /// Bytes of an answer.
        package var longestReply = 8 << 20
        package var now: @Sendable () -> ContinuousClock.Instant = { .now }

        package init() {}
    }

    private struct State {
        var idle: [RedisConnection] = []
        var pause = RedisPause()
        var running = 0
        var hasWarned = false
    }

    package let address: RedisAddress
    package let configuration: Configuration
    private let purpose: String
    private let logger: Logger
    private let threads = NIOThreadPool(numberOfThreads: RedisClient.connections)
    private let state = Mutex(State())

    private static let connections = 4
    /// Questions that wait for a thread: more of them, and the answer would come too late.
    private static let mostRunning = 64

    /// - Parameter purpose: what it is used for, for the log.
    package init(_ address: RedisAddress, purpose: String, _ configuration: Configuration = .init(), logger: Logger) {
        self.address = address
        self.configuration = configuration
        self.purpose = purpose
        self.logger = logger
        threads.start()
    }

    deinit { threads.shutdownGracefully { _ in } }

    /// Whether it may be asked, without asking.
    package var isPaused: Bool { state.withLock { $0.pause.isPaused } }

    /// The answer, or nil where there is none in time.
    /// - Parameters:
    ///   - patience: what it may take to the answer's first byte; the configuration's, unless it is for nobody who waits.
    ///   - whole: what it may take to the last one; no longer than that, unless the answer may be long.
    package func ask(_ command: [[UInt8]], patience: Duration? = nil, whole: Duration? = nil) async -> RedisReply? {
        let patience = patience ?? configuration.patience
        let whole = max(patience, whole ?? patience)
        let mayAsk = state.withLock { state in
            guard state.running < Self.mostRunning, state.pause.mayAsk(configuration.now()) else { return false }
            state.running += 1
            return true
        }
        guard mayAsk else { return nil }
        let now = ContinuousClock.now
        let times = RedisConnection.Times(firstByte: now + patience, last: now + whole)
        let answer = await Patience.value(within: whole) { [self] in
            try? await threads.runIfActive { [self] in
                defer { state.withLock { $0.running -= 1 } }
                return exchange(command, times)
            }
        }
        return answer ?? nil
    }

    /// In a thread that may wait.
    private func exchange(_ command: [[UInt8]], _ times: RedisConnection.Times) -> RedisReply? {
        do throws(RedisFailure) {
            let connection = try connection(until: times.firstByte)
            let reply = try connection.ask(command, longest: configuration.longestReply, times)
            state.withLock { $0.idle.append(connection) }
            if case .refused(let reason) = reply { throw RedisFailure(reason: reason) }
            answered()
            return reply
        } catch {
            failed(error)
            return nil
        }
    }

    private func connection(until deadline: ContinuousClock.Instant) throws(RedisFailure) -> RedisConnection {
        if let idle = state.withLock({ $0.idle.popLast() }) { return idle }
        return try RedisConnection(address, until: deadline)
    }

    private func answered() {
        let isNews = state.withLock { $0.pause.answered() }
        if isNews { logger.info("Redis answers again", metadata: metadata) }
    }

    private func failed(_ failure: RedisFailure) {
        let isNews = state.withLock { state in
            state.idle = []
            let isNews = state.pause.failed(configuration.now()) && !state.hasWarned
            state.hasWarned = state.hasWarned || isNews
            return isNews
        }
        guard isNews else { return }
        var metadata = metadata
        metadata["reason"] = "\(failure.reason)"
        logger.warning("Redis gives no answer; it is gone without meanwhile", metadata: metadata)
    }

    private var metadata: Logger.Metadata { ["redis": "\(address)", "for": "\(purpose)"] }
}
