// SPDX-License-Identifier: Apache-2.0

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

    /// A consistent picture of the cluster.
    package struct View: Sendable {
        package var nodes = MemberGroup()
        package var portals = MemberGroup()
        /// By id.
        package var members: [String: Membership.Member] = [:]

        package init() {}
    }

    private struct State {
        var membership: Membership
        var view = View()
        /// By id. A counter outlives the reachability of its member, since requests may still be under way.
        var inFlight: [String: LoadCounter] = [:]
        /// Addresses that are being checked right now: a slow one must not hold up the others, nor be asked twice.
        var checking: Set<String> = []
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

    package var view: View { state.withLock { $0.view } }

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
            let hasChanged = state.withLock { $0.membership.expire(now: .now) }
            if hasChanged { rebuild() }
        }
    }

    private func check(_ address: String) async {
        guard state.withLock({ $0.checking.insert(address).inserted }) else { return }
        defer { state.withLock { _ = $0.checking.remove(address) } }
        do {
            let answer = try await client.state(of: address, timeout: configuration.timeout)
            state.withLock { _ = $0.membership.observed(address, answer, now: .now) }
            rebuild()
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

    private func rebuild() {
        state.withLock { state in
            let members = state.membership.members
            state.view.members = Dictionary(uniqueKeysWithValues: members.map { ($0.state.id, $0) })
            for id in state.view.members.keys where state.inFlight[id] == nil { state.inFlight[id] = LoadCounter() }
            let counters = state.inFlight
            state.view.nodes = MemberGroup(members.filter { $0.state.role == .node }, counters)
            state.view.portals = MemberGroup(members.filter { $0.state.role == .portal }, counters)
        }
    }
}
