// SPDX-License-Identifier: Apache-2.0

/// Whether an archive is asked: no longer once several requests in a row had no answer, and again when a probe has one.
/// A pure state machine; whoever drives it has the clock and makes the probes.
///
/// The breaker of M. Nygard, Release It!, 2007, half open only for the one probe: requests of clients never are probes, so
/// that nobody waits for an archive that is away.
struct ArchiveBreaker {
    typealias Instant = ContinuousClock.Instant

    struct Configuration: Sendable {
        /// Requests without an answer, one after the other. One may be chance; each may have taken its ten seconds.
        var failures = 3
        var firstPause: Duration = .seconds(1)
        /// Between probes; also the longest that an archive which is back goes unused.
        var longestPause: Duration = .seconds(15)
        /// Who is away again within that time after coming back is probed at growing pauses, as if it had stayed away.
        var calm: Duration = .seconds(60)
    }

    enum Action: Equatable {
        /// The archive is not asked any more.
        case open(probeAfter: Duration)
        case probe(after: Duration)
        /// It is asked again.
        case close(awayFor: Duration)
    }

    private let configuration: Configuration
    private var failures = 0
    private var firstFailure: Instant?
    private var pause: Duration?
    private var closed: Instant?
    private var nextProbe: Instant?

    init(_ configuration: Configuration = Configuration()) { self.configuration = configuration }

    /// Nil while the archive is asked.
    private(set) var outage: ArchiveOutage?

    /// Whole seconds until the next probe, 1 at least.
    func secondsToProbe(_ now: Instant) -> Int {
        let wait = nextProbe.map { now.duration(to: $0) } ?? .zero
        return max(1, Int((wait / .seconds(1)).rounded(.up)))
    }

    /// A request was answered, whatever the answer.
    mutating func answered() {
        guard outage == nil else { return }
        failures = 0
        firstFailure = nil
    }

    /// A request had no answer.
    mutating func failed(_ now: Instant) -> Action? {
        guard outage == nil else { return nil }
        failures += 1
        firstFailure = firstFailure ?? now
        return failures >= configuration.failures ? open(now) : nil
    }

    /// It is known to be away without as many requests.
    mutating func trip(_ now: Instant) -> Action? { outage == nil ? open(now) : nil }

    private mutating func open(_ now: Instant) -> Action {
        outage = ArchiveOutage(since: firstFailure ?? now)
        if let closed, closed + configuration.calm <= now { pause = nil }
        return .open(probeAfter: nextPause(now))
    }

    /// - Parameter isAnswered: whether the probe was.
    mutating func probed(_ isAnswered: Bool, _ now: Instant) -> Action? {
        guard let outage else { return nil }
        guard isAnswered else { return .probe(after: nextPause(now)) }
        self.outage = nil
        failures = 0
        firstFailure = nil
        nextProbe = nil
        closed = now
        return .close(awayFor: outage.since.duration(to: now))
    }

    private mutating func nextPause(_ now: Instant) -> Duration {
        let next = pause.map { min($0 * 2, configuration.longestPause) } ?? configuration.firstPause
        pause = next
        nextProbe = now + next
        return next
    }
}
