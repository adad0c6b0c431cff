// SPDX-License-Identifier: Apache-2.0

import Affinity

/// A consistent picture of the cluster. Never changes; a newer one takes its place.
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

    init(
        _ members: [Membership.Member], _ counters: [String: LoadCounter], slowStart: Duration, after last: ClusterView
    ) {
        nodes = MemberGroup(members.filter { $0.state.role == .node }, counters, slowStart: slowStart)
        portals = MemberGroup(members.filter { $0.state.role == .portal }, counters, slowStart: slowStart)
        self.members = Dictionary(uniqueKeysWithValues: members.map { ($0.state.id, $0) })
        movedShare =
            nodes.table.fingerprint == last.nodes.table.fingerprint
            ? last.movedShare : nodes.table.movedShare(since: last.nodes.table)
    }
}
