// SPDX-License-Identifier: Apache-2.0

package import Affinity
package import Logging
import Synchronization

/// Checks every known member a few times a second and keeps the picture that requests are routed by.
package final class HealthMonitor: Sendable {
    package struct Configuration: Sendable {
        package var interval: Duration = .milliseconds(250)
        package var timeout: Duration = .milliseconds(250)
        package var membership = Membership.Configuration()

        package init() {}
    }

    private struct State {
        var membership: Membership
        var handOvers = HandOverBook()
        var view = ClusterView()
        /// By id. A counter outlives the reachability of its member, since requests may still be under way.
        var inFlight: [String: LoadCounter] = [:]
        /// Addresses that are being checked right now: a slow one must not hold up the others, nor be asked twice.
        var checking: Set<String> = []
        /// Somebody is about to rebuild the view: answers that change nothing but loads come by the thousand.
        var isRebuildDue = false
    }

    private let configuration: Configuration
    private let client: ClusterClient
    private let handOver: HandOver
    private let logger: Logger
    private let state: Mutex<State>
    /// The policy by which nodes are chosen now.
    private let policy: @Sendable () -> any RoutingPolicy
    /// Called when members are no longer reachable: what waits for them shall go elsewhere.
    private let onUnreachable: @Sendable (MemberState) -> Void

    /// - Parameter staticMembers: cluster ports of members that need not announce themselves.
    package init(
        configuration: Configuration = Configuration(), client: ClusterClient, staticMembers: [String] = [],
        logger: Logger, policy: @escaping @Sendable () -> any RoutingPolicy = { DocumentPolicy() },
        onUnreachable: @escaping @Sendable (MemberState) -> Void
    ) {
        self.configuration = configuration
        self.client = client
        self.logger = logger
        self.policy = policy
        self.onUnreachable = onUnreachable
        handOver = HandOver(client: client, logger: logger)
        var membership = Membership(configuration: configuration.membership)
        membership.listed(Set(staticMembers), by: "static", now: .now)
        state = Mutex(State(membership: membership))
    }

    package var view: ClusterView { state.withLock { $0.view } }

    /// Equal for routers that see the same members in the same state and have the same policy.
    package var fingerprint: String { view.fingerprint(policy: type(of: policy()).name) }

    // MARK: Discovery

    /// A member announced itself. One that is new is checked at once, so that it serves within milliseconds.
    package func announced(_ address: String) {
        let isNew = state.withLock { state in
            let isNew = !state.membership.addresses.contains(address)
            state.membership.announced(address, now: .now)
            return isNew
        }
        if isNew { Task { await check(address) } }
    }

    /// Somebody else says that a member is there. Returns when it has been checked.
    package func introduced(_ address: String) async {
        state.withLock { $0.membership.announced(address, now: .now) }
        await check(address)
    }

    /// A discovery lists these addresses and no others.
    package func listed(_ addresses: Set<String>, by source: String) {
        let new = state.withLock { $0.membership.listed(addresses, by: source, now: .now) }
        for address in new { Task { await check(address) } }
    }

    /// A request failed at this member: look now rather than at the next turn.
    package func suspect(_ clusterAddress: String) { Task { await check(clusterAddress) } }

    // MARK: Checks

    /// Checks until the task is cancelled.
    package func run() async {
        while !Task.isCancelled {
            for address in state.withLock({ $0.membership.addresses }) {
                Task { await check(address) }
            }
            try? await Task.sleep(for: configuration.interval)
            let hasChanged = state.withLock { $0.membership.expire(now: .now) }
            if hasChanged { rebuild() }
        }
    }

    /// Checks one address, unless somebody does already.
    private func check(_ address: String) async {
        guard state.withLock({ $0.checking.insert(address).inserted }) else { return }
        defer { state.withLock { _ = $0.checking.remove(address) } }
        do {
            observed(
                try await client.state(of: address, view: fingerprint, timeout: configuration.timeout), at: [address])
        } catch {
            failed(address)
        }
    }

    private func observed(_ answer: MemberState, at addresses: [String]) {
        let hasChanged = state.withLock { state in
            addresses.reduce(false) { state.membership.observed($1, answer, now: .now) || $0 }
        }
        hasChanged ? rebuild() : rebuildSoon()
    }

    private func failed(_ address: String) {
        let fallen = state.withLock { state in
            let member = state.membership.state(at: address)
            return state.membership.failed(address, now: .now) ? member : nil
        }
        guard let fallen else { return }
        rebuild()
        // It may have several addresses, and be reached at another.
        if let member = view.members[fallen.id], member.isReachable, member.state.address == fallen.address { return }
        logger.log(
            level: fallen.status == .draining ? .info : .notice,
            fallen.status == .draining ? "a member has left" : "a member is not reachable",
            metadata: ["member": "\(fallen.id)"])
        onUnreachable(fallen)
    }

    // MARK: The picture

    private static let rebuildPause: Duration = .milliseconds(10)

    private func rebuildSoon() {
        let isFirst = state.withLock { state in
            defer { state.isRebuildDue = true }
            return !state.isRebuildDue
        }
        guard isFirst else { return }
        Task {
            try? await Task.sleep(for: Self.rebuildPause)
            rebuild()
        }
    }

    private func rebuild() {
        let (events, members) = state.withLock { state in
            state.isRebuildDue = false
            let members = state.membership.members
            let events = state.handOvers.update(members)
            for member in members where state.inFlight[member.state.id] == nil {
                state.inFlight[member.state.id] = LoadCounter()
            }
            state.view = ClusterView(members, state.inFlight, isHeld: state.handOvers.isHeld)
            return (events, members)
        }
        for event in events { Task { await handOver(event, members) } }
    }

    /// Has the documents opened where they will be asked for, and only then routes by the change.
    private func handOver(_ event: HandOverEvent, _ members: [Membership.Member]) async {
        let plan = HandOverPlan.warmings(for: event, among: members, policy: policy())
        await handOver.warm(plan, for: event)
        state.withLock { $0.handOvers.finished(event) }
        rebuild()
        guard let answer = await handOver.tell(event) else { return }
        let addresses = state.withLock { state in
            state.membership.addresses.filter { state.membership.state(at: $0)?.id == answer.id }
        }
        observed(answer, at: addresses)
    }
}
