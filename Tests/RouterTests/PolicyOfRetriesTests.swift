// SPDX-License-Identifier: Apache-2.0

import NIOCore
import Testing

@testable import Router

/// The rules that decide on retries, on members set aside and on slow transfers, by a clock of the test's own.
struct PolicyOfRetriesTests {
    private func second(_ seconds: Double) -> NIODeadline { .uptimeNanoseconds(UInt64(1_000e9 + seconds * 1e9)) }

    @Test("retries are a fifth of the requests of the last ten seconds, and a few in any case")
    func budget() {
        var configuration = RetryBudget.Configuration()
        configuration.floor = 1
        var budget = RetryBudget(configuration)
        func taken(_ now: NIODeadline) -> Int {
            var count = 0
            while budget.takeRetry(now) { count += 1 }
            return count
        }
        #expect(taken(second(0)) == 10)
        for _ in 0..<100 { budget.countRequest(second(1)) }
        #expect(taken(second(1)) == 20)
        // What was taken counts for ten seconds, as do the requests.
        #expect(taken(second(9.9)) == 0)
        #expect(taken(second(10.5)) == 10)
        #expect(taken(second(30)) == 10)
    }

    private func eject(_ id: String, from ejection: inout MemberEjection, peers: Int, at now: NIODeadline) -> Bool {
        (0..<5).map { _ in ejection.failed(id, peers: peers, now) }.contains(true)
    }

    @Test("a member that fails five times in a row is set aside, each time for longer")
    func growingPauses() {
        var ejection = MemberEjection()
        var now = second(0)
        for pause in [1.0, 2, 4, 8, 16, 32, 60, 60] {
            let isEjected = eject("a", from: &ejection, peers: 4, at: now)
            #expect(isEjected && ejection.isEjected("a", now))
            now = now + .nanoseconds(Int64(pause * 1e9) - 1)
            #expect(ejection.isEjected("a", now), "\(pause)")
            now = now + .nanoseconds(1)
            #expect(!ejection.isEjected("a", now))
        }
    }

    @Test("an answer in between begins the count anew, and a good while begins the pauses anew")
    func recovery() {
        var ejection = MemberEjection()
        for _ in 0..<20 {
            for _ in 0..<4 {
                let isEjected = ejection.failed("a", peers: 4, second(0))
                #expect(!isEjected)
            }
            ejection.succeeded("a")
        }
        #expect(!ejection.isWatching)
        _ = eject("a", from: &ejection, peers: 4, at: second(0))
        _ = eject("a", from: &ejection, peers: 4, at: second(2))
        ejection.succeeded("a")
        _ = eject("a", from: &ejection, peers: 4, at: second(100))
        #expect(ejection.isEjected("a", second(100.9)) && !ejection.isEjected("a", second(101.1)))
    }

    @Test("never more than half of the members are set aside, and never the only one")
    func share() {
        var ejection = MemberEjection()
        let ejected = ["a", "b", "c", "d", "e"].map { eject($0, from: &ejection, peers: 5, at: second(0)) }
        #expect(ejected == [true, true, false, false, false])
        var alone = MemberEjection()
        let isEjected = eject("a", from: &alone, peers: 1, at: second(0))
        #expect(!isEjected)
    }

    @Test("a transfer has stalled when less than the least has moved in the time given")
    func progress() {
        var watch = ProgressWatch()
        func isStalled(_ total: Int, _ at: Double) -> Bool {
            watch.isStalled(at: total, second(at), window: .seconds(10), least: 100)
        }
        let outcomes = [
            isStalled(0, 0), isStalled(99, 9), isStalled(99, 10.5), isStalled(120, 11), isStalled(150, 20),
            isStalled(150, 22),
        ]
        #expect(outcomes == [false, false, true, false, false, true])
        watch.rest()
        let afterRest = isStalled(150, 60)
        #expect(!afterRest)
    }
}
