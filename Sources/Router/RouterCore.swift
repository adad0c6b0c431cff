// SPDX-License-Identifier: Apache-2.0

import Affinity
package import Cluster
import HTTPService
package import Logging
import Synchronization
import TileModel

/// Chooses the members for each request. Shared by all connections.
package final class RouterCore: Sendable {
    package let configuration: RouterConfiguration
    package let monitor: HealthMonitor
    let logger: Logger
    let metrics = RouterMetrics()
    private let gauges = ClusterGauges()
    private let inForce: Mutex<RoutePolicies>

    package init(
        configuration: RouterConfiguration, monitor: HealthMonitor, policies: RoutePolicies, logger: Logger
    ) {
        self.configuration = configuration
        self.monitor = monitor
        self.logger = logger
        inForce = Mutex(policies)
    }

    /// The policies in force.
    package var policies: RoutePolicies { inForce.withLock { $0 } }

    /// Puts others in force, from the next request on.
    package func setPolicies(_ change: (RoutePolicies) -> RoutePolicies) { inForce.withLock { $0 = change($0) } }

    /// Writes down what can only be read off, for those who ask for the metrics next.
    package func recordMetrics() { gauges.record(monitor.view, policies) }

    /// What the choice depends on beside the members.
    package var routing: HealthMonitor.Routing {
        let policies = policies
        let token = policies.wants(.sessionToken) ? configuration.sessionToken.hash : 0
        let firstPage = configuration.firstPage == .portal ? 0 : StableHash.hash(configuration.firstPage.rawValue.utf8)
        return HealthMonitor.Routing(
            policy: policies[.tile], settings: StableHash.mix(policies.fingerprint &+ token &+ firstPage))
    }

    /// Who asks, as policies may want to know it.
    struct Asker {
        /// In the cookie of the router.
        var session: String?
        /// Of the session that the client itself names.
        var token = AffinityKey.none
        /// An address without a port.
        var client: String
    }

    /// A choice to be used again and again.
    func makeChoice() -> Choice {
        // Some more than one request tries: a member may have been set aside.
        Choice(depth: max(BoundedLoad.widest, configuration.mostAttempts + 4))
    }

    /// Allocates nothing once the choice has been used a few times.
    func choose(_ route: Route, _ asker: Asker, into choice: inout Choice) {
        let (view, policies) = (monitor.view, policies)
        choice.reset()
        switch route.isFirstPage && configuration.firstPage == .node ? .node : route.role {
        case .node: chooseNode(route, asker, view, policies, &choice)
        case .portal: choosePortal(route, asker, view, policies, &choice)
        }
    }

    private func chooseNode(
        _ route: Route, _ asker: Asker, _ view: ClusterView, _ policies: RoutePolicies, _ choice: inout Choice
    ) {
        // A first page that nodes answer goes where the document's tiles will be asked for.
        rank(policies[route.isFirstPage ? .tile : route.class], route, asker, view.nodes, &choice)
        choice.isOwner = choice.list.isOwner
        choice.takeUsable(of: view.nodes)
        // With no node left, portals stand in as far as that leaves them free for first pages; those they take.
        if choice.hasRoom {
            rank(policies[.structure], route, asker, view.portals, &choice)
            choice.takeReady(of: view.portals) { target, node in route.isFirstPage || target.load < node.floor }
        }
        choice.takeUnlikely()
    }

    private func choosePortal(
        _ route: Route, _ asker: Asker, _ view: ClusterView, _ policies: RoutePolicies, _ choice: inout Choice
    ) {
        rank(policies[route.class], route, asker, view.portals, &choice)
        choice.isOwner = choice.list.isOwner
        choice.takeUsable(of: view.portals)
        if route.document != nil {
            // Whom tiles will be asked of.
            let policy = policies[.tile]
            rank(policy, route, asker, view.nodes, &choice)
            if key(for: type(of: policy).key, route, asker) != .none { choice.nameOwner(in: view.nodes) }
            // Nodes stand in for structure and first pages; the viewer's own pages and uploads only portals have.
            if route.class == .structure { choice.takeReady(of: view.nodes) { _, _ in true } }
        }
        choice.takeUnlikely()
    }

    private func rank(
        _ policy: any RoutingPolicy, _ route: Route, _ asker: Asker, _ group: MemberGroup, _ choice: inout Choice
    ) {
        let request = RoutingRequest(
            key(for: type(of: policy).key, route, asker), cost: route.cost, draw: choice.draws.next())
        choice.list.reset()
        policy.rank(request, group.table, load: { group.targets[$0].load }, into: &choice.list)
    }

    private func key(for source: AffinityKeySource, _ route: Route, _ asker: Asker) -> AffinityKey {
        switch source {
        case .document: route.document.map { AffinityKey($0.bytes) } ?? .none
        case .sessionCookie: asker.session.map { AffinityKey($0.utf8) } ?? .none
        case .sessionToken: asker.token
        case .clientAddress: AffinityKey(asker.client.utf8)
        case .none: .none
        }
    }

    /// Whether a policy in force wants a session, so that clients without one are given one.
    var wantsSession: Bool { policies.wants(.sessionCookie) }

    /// Where a policy in force looks for a session; nil where none does.
    var sessionToken: SessionToken? { policies.wants(.sessionToken) ? configuration.sessionToken : nil }
}
