// SPDX-License-Identifier: Apache-2.0

package import Affinity
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
    private let policy: Mutex<any RoutingPolicy>

    package init(
        configuration: RouterConfiguration, monitor: HealthMonitor, policy: any RoutingPolicy, logger: Logger
    ) {
        self.configuration = configuration
        self.monitor = monitor
        self.logger = logger
        self.policy = Mutex(policy)
    }

    /// The name of the policy in force.
    package var policyName: String { policy.withLock { type(of: $0).name } }

    package func setPolicy(_ new: any RoutingPolicy) { policy.withLock { $0 = new } }

    /// Whom a request may try, in order.
    struct Choice {
        var targets: [MemberGroup.Target]
        /// The first target is the one that affinity names.
        var isOwner: Bool
        /// The node that will be asked for the document's other pages.
        var ownerID: String?
    }

    /// Who asks, as policies may want to know it.
    struct Asker {
        var session: String?
        /// An address without a port.
        var client: String
    }

    func choose(_ route: Route, _ asker: Asker, scratch: inout CandidateList) -> Choice {
        let view = monitor.view
        let policy = policy.withLock { $0 }
        let nodeKey = key(for: type(of: policy).key, route, asker)
        switch route.role {
        case .node:
            rank(policy, nodeKey, view.nodes, &scratch)
            let isOwner = scratch.isOwner
            let nodes = scratch.indices.map { view.nodes.targets[$0] }
            let usable =
                view.nodes.readyCount
                + view.nodes.table.nodes.count { $0.availability == .draining }
            // With no node left, portals stand in as far as that leaves them free for first pages.
            let portals = standIns(route, asker, view.portals, &scratch)
            return Choice(
                targets: Array(nodes.prefix(usable)) + portals + nodes.dropFirst(usable), isOwner: isOwner)
        case .portal:
            // Structure is ranked over the portals by document as well, whatever the policy for nodes is.
            rank(DocumentPolicy(), key(for: .document, route, asker), view.portals, &scratch)
            let isOwner = scratch.isOwner
            let portals = scratch.indices.map { view.portals.targets[$0] }
            var owner: String?
            var nodes: [MemberGroup.Target] = []
            if route.document != nil {
                rank(policy, nodeKey, view.nodes, &scratch)
                nodes = scratch.indices.filter { view.nodes.table.nodes[$0].availability == .ready }
                    .map { view.nodes.targets[$0] }
                if nodeKey != .none { owner = nodes.first?.id }
            }
            // Nodes stand in for structure and first pages; the viewer's own pages only portals have.
            if route.class == .site { nodes = [] }
            let usable = view.portals.readyCount + view.portals.table.nodes.count { $0.availability == .draining }
            return Choice(
                targets: Array(portals.prefix(usable)) + nodes + portals.dropFirst(usable), isOwner: isOwner,
                ownerID: owner)
        }
    }

    private func standIns(
        _ route: Route, _ asker: Asker, _ portals: MemberGroup, _ scratch: inout CandidateList
    ) -> [MemberGroup.Target] {
        rank(DocumentPolicy(), key(for: .document, route, asker), portals, &scratch)
        return scratch.indices.filter { index in
            portals.table.nodes[index].availability == .ready
                && portals.targets[index].load < portals.table.nodes[index].floor
        }
        .map { portals.targets[$0] }
    }

    private func rank(
        _ policy: any RoutingPolicy, _ key: AffinityKey, _ group: MemberGroup, _ list: inout CandidateList
    ) {
        list.reset()
        policy.rank(key, group.table, load: { group.targets[$0].load }, into: &list)
    }

    private func key(for source: AffinityKeySource, _ route: Route, _ asker: Asker) -> AffinityKey {
        switch source {
        case .document: route.document.map { AffinityKey($0.bytes) } ?? .none
        case .sessionCookie: asker.session.map { AffinityKey($0.utf8) } ?? .none
        case .clientAddress: AffinityKey(asker.client.utf8)
        case .none: .none
        }
    }

    /// Whether the policy in force wants a session, so that clients without one are given one.
    var wantsSession: Bool { policy.withLock { type(of: $0).key } == .sessionCookie }
}
