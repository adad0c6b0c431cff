// SPDX-License-Identifier: Apache-2.0

import Affinity

/// A consistent picture of the cluster, as requests are routed by it. Never changes; a newer one takes its place.
package final class ClusterView: Sendable {
    package let nodes: MemberGroup
    package let portals: MemberGroup
    /// By id.
    package let members: [String: Membership.Member]
    /// The part of all documents that the last change of the nodes gives another owner, once they have their full shares.
    package let movedShare: Double

    package init() {
        nodes = MemberGroup()
        portals = MemberGroup()
        members = [:]
        movedShare = 0
    }

    /// - Parameter isHeld: whether a draining member is routed to as if it were ready.
    init(
        _ members: [Membership.Member], _ counters: [String: LoadCounter], slowStart: Duration,
        isHeld: (MemberState) -> Bool, after last: ClusterView
    ) {
        let routed = members.map { member in
            guard isHeld(member.state) else { return member }
            var member = member
            member.state.status = .ready
            return member
        }
        nodes = MemberGroup(routed.filter { $0.state.role == .node }, counters, slowStart: slowStart)
        portals = MemberGroup(routed.filter { $0.state.role == .portal }, counters, slowStart: slowStart)
        self.members = Dictionary(members.map { ($0.state.id, $0) }) { first, _ in first }
        movedShare =
            nodes.table.fingerprint == last.nodes.table.fingerprint
            ? last.movedShare : nodes.table.movedShare(since: last.nodes.table)
    }

    /// Equal for routers that see the same members in the same state and choose by the same settings.
    package func fingerprint(settings: UInt64) -> String {
        let parts = [nodes.table.fingerprint, portals.table.fingerprint, settings]
        return String(parts.reduce(0) { StableHash.mix($0 &+ $1) }, radix: 16)
    }
}
