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
        /// Time until a node that joins a running cluster has its full share; zero: at once.
        package var slowStart: Duration = .seconds(30)
        /// Whether new owners open the hot documents before requests go by a change.
        package var handsOver = true

        package init() {}
    }

    /// What the router that the picture is for chooses by.
    package struct Routing: Sendable {
        /// Of tiles.
        package var policy: any RoutingPolicy
        /// A fingerprint of everything that decides a choice beside the members.
        package var settings: UInt64

        package init(policy: any RoutingPolicy, settings: UInt64) {
            self.policy = policy
            self.settings = settings
        }
    }

    private struct State {
        var membership: Membership
        var handOvers = HandOverBook()
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
        /// Somebody is about to rebuild the view: answers that change nothing but loads come by the thousand.
        var isRebuildDue = false
    }

    private let configuration: Configuration
    private let client: ClusterClient
    private let handOver: HandOver
    private let logger: Logger
    private let state: Mutex<State>
    /// How nodes are chosen now.
    private let routing: @Sendable () -> Routing
    /// Called when members are no longer reachable: what waits for them shall go elsewhere.
    private let onUnreachable: @Sendable (MemberState) -> Void

    /// - Parameter staticMembers: cluster ports of members that need not announce themselves.
    package init(
        configuration: Configuration = Configuration(), client: ClusterClient, staticMembers: [String] = [],
        logger: Logger, routing: @escaping @Sendable () -> Routing = { Routing(policy: DocumentPolicy(), settings: 0) },
        onUnreachable: @escaping @Sendable (MemberState) -> Void
    ) {
        self.configuration = configuration
        self.client = client
        self.logger = logger
        self.routing = routing
        self.onUnreachable = onUnreachable
        handOver = HandOver(client: client, logger: logger)
        var membership = Membership(configuration: configuration.membership)
        membership.listed(Set(staticMembers), by: "static", now: .now)
        state = Mutex(State(membership: membership))
    }

    /// The picture at this moment: one reference, so that taking it for every request costs next to nothing.
    package var view: ClusterView { state.withLock { $0.view } }

    /// Equal for routers that see the same members in the same state and choose by the same settings.
    package var fingerprint: String { view.fingerprint(settings: routing().settings) }

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
            state.withLock { _ = $0.membership.expire(now: .now) }
            // Once a turn and not for each answer: a thousand members would have it rebuilt four thousand times a second.
            rebuild()
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
            state.inFlight[answer.id]?.report(answer.load)
            return addresses.reduce(false) { state.membership.observed($1, answer, now: .now) || $0 }
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

    /// Builds outside the lock, which every request takes for a moment; of two at the same time the later snapshot counts.
    private func rebuild() {
        let (number, events, members, counters, isHeld, last) = state.withLock { state in
            state.isRebuildDue = false
            state.snapshots += 1
            let members = state.membership.members
            state.keepCounters(of: members)
            let events = state.handOvers.update(members)
            return (state.snapshots, events, members, state.inFlight, state.handOvers.isHeld, state.view)
        }
        let view = ClusterView(members, counters, slowStart: configuration.slowStart, isHeld: isHeld, after: last)
        state.withLock { state in
            guard number > state.viewNumber else { return }
            (state.viewNumber, state.view) = (number, view)
        }
        for event in events { Task { await handOver(event, members) } }
    }

    /// Has the documents opened where they will be asked for, and only then routes by the change.
    private func handOver(_ event: HandOverEvent, _ members: [Membership.Member]) async {
        let plan =
            configuration.handsOver ? HandOverPlan.warmings(for: event, among: members, policy: routing().policy) : []
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
