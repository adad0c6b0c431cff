// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// The status of a portal or node, and which routers know of it. Drain belongs to the member: it goes on serving until every
/// router that asks it regularly knows that it drains and has handed its hot documents over. In the same way it joins: it is
/// ready once every router that asks has had it open the documents that will be its own.
package final class MemberLife: Sendable {
    package typealias Instant = ContinuousClock.Instant

    private struct Router {
        var asked: Instant
        /// The status that it saw last.
        var saw: MemberStatus
        /// The status of this member at which it handed documents over last.
        var handedOver: MemberStatus?
        /// The fingerprint of whom it sees.
        var view: String?
    }

    private struct State {
        var status = MemberStatus.joining
        var readySince: Instant?
        /// Seconds for which a predecessor of the same id had been ready.
        var standing = 0.0
        var routers: [String: Router] = [:]
        var waiting: [CheckedContinuation<Void, Never>] = []

        func routers(at now: Instant) -> [String: Router] {
            routers.filter { $0.value.asked + MemberLife.forgetRouter >= now }
        }
    }

    /// A router that has not asked for that long is gone and need not be waited for.
    private static let forgetRouter: Duration = .seconds(3)

    private let state = Mutex(State())

    package init() {}

    package var status: MemberStatus { state.withLock { $0.status } }

    /// Seconds since it became ready. One that was restarted in place goes on from where its predecessor was: routers keep
    /// its documents for it and have had it open them, so it is not new. It says so itself, so that all routers agree.
    package var age: Double {
        state.withLock { state in
            state.readySince.map { $0.duration(to: .now) / .seconds(1) + state.standing } ?? 0
        }
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

    // MARK: Routers

    /// - Parameter view: the fingerprint of whom the router sees.
    package func asked(by router: String, saw status: MemberStatus, view: String? = nil, now: Instant = .now) {
        state.withLock { state in
            state.routers = state.routers(at: now)
            state.routers[router, default: Router(asked: now, saw: status)].asked = now
            state.routers[router]?.saw = status
            state.routers[router]?.view = view
        }
    }

    /// The router has warmed whom it had to because of the status that this member has. One that joins is ready when all
    /// routers have.
    package func handedOver(by router: String, standing: Double = 0, now: Instant = .now) {
        let isReady = state.withLock { state in
            state.standing = max(state.standing, standing)
            let status = state.status
            state.routers[router, default: Router(asked: now, saw: status)].asked = now
            state.routers[router]?.handedOver = status
            return status == .joining && state.routers(at: now).values.allSatisfy { $0.handedOver == .joining }
        }
        if isReady { advance(to: .ready) }
    }

    /// Whether every router that still asks knows that this member drains.
    package func isDrainKnown(now: Instant = .now) -> Bool {
        state.withLock { $0.routers(at: now).values.allSatisfy { $0.saw >= .draining } }
    }

    /// Whether every router that still asks has warmed those who will have this member's documents.
    package func isHandedOver(now: Instant = .now) -> Bool {
        state.withLock { $0.routers(at: now).values.allSatisfy { $0.handedOver == .draining } }
    }

    /// The routers that still ask, and the fingerprint of whom each sees.
    package func routers(now: Instant = .now) -> [RouterSighting] {
        state.withLock { state in
            state.routers(at: now).compactMap { id, router in router.view.map { RouterSighting(id: id, view: $0) } }
        }
        .sorted { $0.id < $1.id }
    }
}
