// SPDX-License-Identifier: Apache-2.0

import Affinity
package import TileModel

/// Who owns which document among members that are all ready.
struct Owners {
    private let group: MemberGroup
    private let byID: [String: MemberState]

    init(_ states: [MemberState]) {
        group = MemberGroup(states.map { Membership.Member(state: $0, isReachable: true) }, [:])
        byID = Dictionary(states.map { ($0.id, $0) }) { first, _ in first }
    }

    func owner(of key: AffinityKey, _ policy: any RoutingPolicy) -> MemberState? {
        var list = CandidateList()
        policy.rank(RoutingRequest(key), group.table, load: { _ in 0 }, into: &list)
        return list.indices.first.flatMap { byID[group.table.nodes[$0].id] }
    }
}

/// Where documents are opened.
package enum OpeningPortal {
    /// The portal that requests for this document go to first, while all of these members are ready.
    package static func of(_ document: DocumentID, among members: [MemberState]) -> MemberState? {
        Owners(members.filter { $0.role == .portal }).owner(of: AffinityKey(document.bytes), DocumentPolicy())
    }
}
