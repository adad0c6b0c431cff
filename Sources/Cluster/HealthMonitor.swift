// SPDX-License-Identifier: Apache-2.0

package import Logging
import Synchronization

/// Checks every known member a few times a second and keeps the picture that requests are routed by.
package final class HealthMonitor: Sendable {
    package struct Configuration: Sendable {
        package var interval: Duration = .milliseconds(250)
        package var timeout: Duration = .milliseconds(250)
        package var membership = Membership.Configuration()
        /// Time until a node that joins a running cluster has its full share; zero: at once.
        package var slowStart: Duration = .seconds(30)

        package init() {}
    }

    private struct State {
        var membership: Membership
        var view = ClusterView()
        /// By id. A counter outlives the reachability of its member, since requests may still be under way.
        var inFlight: [String: LoadCounter] = [:]
        /// Addresses that are being checked right now: a slow one must not hold up the others, nor be asked twice.
        var checking: Set<String> = []
        /// Snapshots taken for views, and which of them the view shows.
        var snapshots = 0
        var viewNumber = 0

        /// Makes those that are missing; drops those of members that have gone once nothing is under way there.
        mutating func keepCounters(of members: [Membership.Member]) {
            for member in members where inFlight[member.state.id] == nil {
                let counter = LoadCounter()
                counter.report(member.state.load)
                inFlight[member.state.id] = counter
            }
            guard inFlight.count > members.count else { return }
            let ids = Set(members.map(\.state.id))
            inFlight = inFlight.filter { $0.value.current > 0 || ids.contains($0.key) }
        }
    }

    private let configuration: Configuration
    private let client: ClusterClient
    private let logger: Logger
    private let state: Mutex<State>
    /// Called when members are no longer reachable: what waits for them shall go elsewhere.
    private let onUnreachable: @Sendable (MemberState) -> Void

    package init(
        configuration: Configuration = Configuration(), client: ClusterClient, staticMembers: [String] = [],
        logger: Logger, onUnreachable: @escaping @Sendable (MemberState) -> Void
    ) {
        self.configuration = configuration
        self.client = client
        self.logger = logger
        self.onUnreachable = onUnreachable
        var membership = Membership(configuration: configuration.membership)
        for address in staticMembers { membership.announced(address, isStatic: true, now: .now) }
        state = Mutex(State(membership: membership))
    }

    /// The picture at this moment: one reference, so that taking it for every request costs next to nothing.
    package var view: ClusterView { state.withLock { $0.view } }

    /// A member announced itself. One that is new is checked at once, so that it serves within milliseconds.
    package func announced(_ address: String) {
        let isNew = state.withLock { state in
            let isNew = !state.membership.addresses.contains(address)
            state.membership.announced(address, now: .now)
            return isNew
        }
        if isNew { Task { await check(address) } }
    }

    /// A request failed at this member: look now rather than at the next turn.
    package func suspect(_ clusterAddress: String) { Task { await check(clusterAddress) } }

    /// Checks until the task is cancelled.
    package func run() async {
        while !Task.isCancelled {
            for address in state.withLock({ $0.membership.addresses }) {
                Task { await check(address) }
            }
            try? await Task.sleep(for: configuration.interval)
            state.withLock { _ = $0.membership.expire(now: .now) }
            // Once a turn and not for each answer: a thousand members would have it rebuilt four thousand times a second.
            rebuild()
        }
    }

    private func check(_ address: String) async {
        guard state.withLock({ $0.checking.insert(address).inserted }) else { return }
        defer { state.withLock { _ = $0.checking.remove(address) } }
        do {
            let answer = try await client.state(of: address, timeout: configuration.timeout)
            let hasChanged = state.withLock { state in
                state.inFlight[answer.id]?.report(answer.load)
                return state.membership.observed(address, answer, now: .now)
            }
            if hasChanged { rebuild() }
        } catch {
            let (falls, member) = state.withLock { state in
                let member = state.membership.state(at: address)
                return (state.membership.failed(address, now: .now), member)
            }
            guard falls else { return }
            rebuild()
            if let member {
                logger.notice("a member is not reachable", metadata: ["member": "\(member.id)"])
                onUnreachable(member)
            }
        }
    }

    /// Builds outside the lock, which every request takes for a moment; of two at the same time the later snapshot counts.
    private func rebuild() {
        let (number, members, counters, last) = state.withLock { state in
            state.snapshots += 1
            let members = state.membership.members
            state.keepCounters(of: members)
            return (state.snapshots, members, state.inFlight, state.view)
        }
        let view = ClusterView(members, counters, slowStart: configuration.slowStart, after: last)
        state.withLock { state in
            guard number > state.viewNumber else { return }
            (state.viewNumber, state.view) = (number, view)
        }
    }
}
