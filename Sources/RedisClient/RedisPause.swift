// SPDX-License-Identifier: Apache-2.0

/// When a server that failed is asked again: not for a second, then by one who tries; after each further failure not for twice
/// as long, up to half a minute.
package struct RedisPause {
    package typealias Instant = ContinuousClock.Instant

    private static let shortest: Duration = .seconds(1)
    private static let longest: Duration = .seconds(30)

    private var until: Instant?
    private var length = Self.shortest

    package init() {}

    /// Whether the server failed and has not answered since.
    package var isPaused: Bool { until != nil }

    /// Whether it may be asked now. Who gets leave after a pause is the only one until it says how that went.
    package mutating func mayAsk(_ now: Instant) -> Bool {
        guard let until else { return true }
        guard until <= now else { return false }
        self.until = now + length
        return true
    }

    /// Returns whether it had failed before.
    @discardableResult
    package mutating func answered() -> Bool {
        defer {
            until = nil
            length = Self.shortest
        }
        return until != nil
    }

    /// Returns whether that is news.
    @discardableResult
    package mutating func failed(_ now: Instant) -> Bool {
        let wasPaused = until != nil
        if wasPaused { length = min(length * 2, Self.longest) }
        until = now + length
        return !wasPaused
    }
}
