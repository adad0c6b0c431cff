// SPDX-License-Identifier: Apache-2.0

import Affinity
import Cluster

extension RouterCore {
    /// Whom a request may try, in order. Used again for the next request, so that choosing allocates nothing.
    struct Choice {
        var targets: [MemberGroup.Target] = []
        /// The first target is the one that affinity names.
        var isOwner = false
        /// The node that will be asked for the document's other pages.
        private(set) var ownerID: String?

        var list: CandidateList
        var draws = RoutingDraws()
        /// Those that are tried when nobody else is left.
        private var unlikely: [MemberGroup.Target] = []

        init(depth: Int) { list = CandidateList(depth: depth) }

        var hasRoom: Bool { targets.count < list.depth }

        mutating func reset() {
            targets.removeAll(keepingCapacity: true)
            unlikely.removeAll(keepingCapacity: true)
            isOwner = false
            ownerID = nil
        }

        /// The ranked members that answer or finish what they have; remembers the others.
        mutating func takeUsable(of group: MemberGroup) {
            for index in list.indices {
                if group.table.nodes[index].availability == .unlikely {
                    unlikely.append(group.targets[index])
                } else {
                    targets.append(group.targets[index])
                }
            }
        }

        /// The ranked members that are ready and meet a condition.
        mutating func takeReady(of group: MemberGroup, where isFree: (MemberGroup.Target, RoutingNode) -> Bool) {
            for index in list.indices {
                let (target, node) = (group.targets[index], group.table.nodes[index])
                if node.availability == .ready, isFree(target, node) { targets.append(target) }
            }
        }

        mutating func takeUnlikely() { targets.append(contentsOf: unlikely) }

        mutating func nameOwner(in group: MemberGroup) {
            guard let first = list.indices.first, group.table.nodes[first].availability == .ready else { return }
            ownerID = group.targets[first].id
        }
    }
}
