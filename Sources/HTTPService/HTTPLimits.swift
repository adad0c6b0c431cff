// SPDX-License-Identifier: Apache-2.0

/// What one server takes of its clients. Requests of ours are short, so the defaults are far above what any of them needs and
/// far below what could hurt.
package struct HTTPLimits: Sendable, Equatable {
    /// Bytes of target and header fields together; more is 431.
    package var head = 32 << 10
    /// Header fields of one request; more is 431.
    package var fields = 100
    /// From the first byte of a head to its end; longer is 408. Somebody who sends a byte a second holds no connection.
    package var headTime: Duration = .seconds(10)
    /// Bytes of a body; more is 413.
    package var body = 1 << 20
    /// From the end of the head to the end of the body; longer is 408.
    package var bodyTime: Duration = .seconds(30)
    /// A connection without a request, and one whose client takes nothing of its answer, is closed after that.
    package var idle: Duration = .seconds(75)
    /// Connections at a time; one more gets 503. Each takes a few kilobytes while it is idle.
    package var connections = 10_000
    /// How long what a refused client still sends is thrown away: closing at once would take the answer from it.
    package var linger: Duration = .seconds(2)

    package init() {}

    /// How often time limits are looked at: a quarter of the shortest, between a hundredth of a second and one.
    var tick: Duration {
        let shortest = min(headTime, bodyTime, idle, linger)
        return max(.milliseconds(10), min(.seconds(1), shortest / 4))
    }
}
