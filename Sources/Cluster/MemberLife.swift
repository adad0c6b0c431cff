// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// The status of a portal or node, and who has heard of it. Drain belongs to the member: it goes on serving until every
/// router that asks it regularly knows that it drains.
package final class MemberLife: Sendable {
    package typealias Instant = ContinuousClock.Instant

    private struct State {
        var status = MemberStatus.joining
        var readySince: Instant?
        /// When each router last asked, and whether it has seen that we drain.
        var routers: [String: (asked: Instant, knows: Bool)] = [:]
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    /// A router that has not asked for that long is gone and need not be waited for.
    private static let forgetRouter: Duration = .seconds(3)

    private let state = Mutex(State())

    package init() {}

    package var status: MemberStatus { state.withLock { $0.status } }

    /// Seconds since it became ready.
    package var age: Double {
        state.withLock { $0.readySince }.map { $0.duration(to: .now) / .seconds(1) } ?? 0
    }

    /// Status only moves forward.
    package func advance(to status: MemberStatus) {
        let waiting = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            guard status > state.status else { return [] }
            state.status = status
            if status == .ready { state.readySince = .now }
            guard status >= .draining else { return [] }
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Returns once the member drains.
    package func untilDraining() async {
        await withCheckedContinuation { continuation in
            let isDraining = state.withLock { state in
                if state.status < .draining { state.waiting.append(continuation) }
                return state.status >= .draining
            }
            if isDraining { continuation.resume() }
        }
    }

    package func asked(by router: String, saw status: MemberStatus, now: Instant = .now) {
        state.withLock { $0.routers[router] = (now, status >= .draining) }
    }

    /// Whether every router that still asks knows that this member drains.
    package func isDrainKnown(now: Instant = .now) -> Bool {
        state.withLock { state in
            state.routers.values.allSatisfy { $0.knows || $0.asked + Self.forgetRouter < now }
        }
    }
}
