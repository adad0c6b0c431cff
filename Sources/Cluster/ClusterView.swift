// SPDX-License-Identifier: Apache-2.0

import Affinity

/// A consistent picture of the cluster, as requests are routed by it.
package struct ClusterView: Sendable {
    package let nodes: MemberGroup
    package let portals: MemberGroup
    /// By id.
    package let members: [String: Membership.Member]

    init() {
        nodes = MemberGroup()
        portals = MemberGroup()
        members = [:]
    }

    /// - Parameter isHeld: whether a draining member is routed to as if it were ready.
    init(
        _ members: [Membership.Member], _ inFlight: [String: LoadCounter], isHeld: (MemberState) -> Bool
    ) {
        let routed = members.map { member in
            guard isHeld(member.state) else { return member }
            var member = member
            member.state.status = .ready
            return member
        }
        nodes = MemberGroup(routed.filter { $0.state.role == .node }, inFlight)
        portals = MemberGroup(routed.filter { $0.state.role == .portal }, inFlight)
        self.members = Dictionary(members.map { ($0.state.id, $0) }) { first, _ in first }
    }

    /// Equal for routers that see the same members in the same state and have the same policy.
    package func fingerprint(policy: String) -> String {
        String(nodes.table.fingerprint ^ StableHash.hash(policy.utf8), radix: 16)
    }
}
