// SPDX-License-Identifier: Apache-2.0

import Affinity
import Cluster
import Metrics

/// What the metrics say of the cluster as this router sees it. Read off when somebody asks: nothing of it belongs to a request.
struct ClusterGauges: Sendable {
    /// What a member's state is called here: its own status, but for one that does not answer this router.
    private static let unreachable = "unreachable"
    private static let statuses = [MemberStatus.joining, .ready, .draining].map(\.rawValue) + [unreachable]
    private static let roles = [MemberRole.node, .portal]

    private let moved = Gauge(label: "recto_router_moved_share")
    private let skews = roles.map { role in
        Gauge(label: "recto_router_load_skew", dimensions: [("role", role.rawValue)])
    }
    private let policies = Route.Class.allCases.map { `class` in
        RoutingPolicies.all.map { policy in
            Gauge(label: "recto_router_policy", dimensions: [("class", `class`.rawValue), ("policy", policy.name)])
        }
    }
    private let members = roles.map { role in
        statuses.map { status in
            Gauge(label: "recto_router_members", dimensions: [("role", role.rawValue), ("status", status)])
        }
    }

    func record(_ view: ClusterView, _ inForce: RoutePolicies) {
        moved.record(view.movedShare)
        for (skew, group) in zip(skews, [view.nodes, view.portals]) { skew.record(LoadSkew.ratio(Self.loads(group))) }
        record(inForce)
        record(Array(view.members.values))
    }

    /// The larger of what this router has under way and what the member reported, of those that requests are spread over.
    private static func loads(_ group: MemberGroup) -> [Int] {
        zip(group.table.nodes, group.targets).filter { $0.0.availability == .ready }.map(\.1.load)
    }

    /// 1 for the policy in force of each class, 0 for the others.
    private func record(_ inForce: RoutePolicies) {
        for (gauges, name) in zip(policies, inForce.names.map(\.policy)) {
            for (gauge, policy) in zip(gauges, RoutingPolicies.all) { gauge.record(policy.name == name ? 1 : 0) }
        }
    }

    private func record(_ all: [Membership.Member]) {
        for (gauges, role) in zip(members, Self.roles) {
            let statuses = all.filter { $0.state.role == role }
                .map { $0.isReachable ? $0.state.status.rawValue : Self.unreachable }
            for (gauge, status) in zip(gauges, Self.statuses) { gauge.record(statuses.count { $0 == status }) }
        }
    }
}
