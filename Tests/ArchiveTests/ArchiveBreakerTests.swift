// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Archive

struct ArchiveBreakerTests {
    private let start = ContinuousClock.now

    private func opened(_ breaker: inout ArchiveBreaker, at now: ContinuousClock.Instant) -> ArchiveBreaker.Action? {
        for _ in 1..<3 { _ = breaker.failed(now) }
        return breaker.failed(now)
    }

    @Test("it opens at the third failure in a row, and answers between them start the count anew")
    func opens() {
        var breaker = ArchiveBreaker()
        #expect(breaker.failed(start) == nil)
        #expect(breaker.failed(start) == nil)
        breaker.answered()
        #expect(breaker.failed(start + .seconds(1)) == nil)
        #expect(breaker.failed(start + .seconds(2)) == nil)
        #expect(breaker.outage == nil)
        #expect(breaker.failed(start + .seconds(3)) == .open(probeAfter: .seconds(1)))
        #expect(breaker.outage == ArchiveOutage(since: start + .seconds(1)))
        #expect(breaker.failed(start + .seconds(3)) == nil, "what was under way changes nothing")
    }

    @Test("probes come at pauses that double up to the longest, and the first answer closes it")
    func probes() {
        var breaker = ArchiveBreaker()
        #expect(opened(&breaker, at: start) == .open(probeAfter: .seconds(1)))
        var now = start
        for pause in [2, 4, 8, 15, 15] {
            now += .seconds(pause)
            #expect(breaker.probed(false, now) == .probe(after: .seconds(pause)))
            #expect(breaker.secondsToProbe(now) == pause)
        }
        #expect(breaker.probed(true, now) == .close(awayFor: start.duration(to: now)))
        #expect(breaker.outage == nil)
        #expect(breaker.probed(true, now) == nil)
    }

    @Test("an archive that comes and goes is probed at growing pauses, one that was well for long at the first again")
    func flapping() {
        var breaker = ArchiveBreaker()
        _ = opened(&breaker, at: start)
        _ = breaker.probed(true, start + .seconds(1))
        #expect(opened(&breaker, at: start + .seconds(2)) == .open(probeAfter: .seconds(2)))
        _ = breaker.probed(true, start + .seconds(4))
        #expect(opened(&breaker, at: start + .seconds(64)) == .open(probeAfter: .seconds(1)))
    }

    @Test("an answer to what was asked before it opened does not close it")
    func stragglers() {
        var breaker = ArchiveBreaker()
        _ = opened(&breaker, at: start)
        breaker.answered()
        #expect(breaker.outage != nil)
        #expect(breaker.trip(start) == nil)
    }
}
