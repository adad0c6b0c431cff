// SPDX-License-Identifier: Apache-2.0

package import Affinity
import TileModel

/// Which documents get another owner because of a change of the membership. Pure: every router with the same members, hot
/// documents and policy makes the same plan, so that several of them harm nothing.
package enum HandOverPlan {
    /// A document and the member that is to open it.
    package struct Warming: Sendable, Hashable {
        /// As a path segment.
        package var document: String
        package var owner: MemberState
        /// The cluster port of the owner before, where there is one and it is still there.
        package var holder: String?
    }

    /// So many documents are looked at, the hottest of each member first. Ranking one costs a sort of the members.
    private static let mostDocuments = 1024
    /// So many are opened by one member: more would push out one another.
    private static let mostWarmings = 64

    /// - Parameters:
    ///   - members: all that the router knows; the event's own may be among them.
    ///   - policy: by which requests for documents choose a node. Portals are always chosen by document.
    package static func warmings(
        for event: HandOverEvent, among members: [Membership.Member], policy: any RoutingPolicy
    ) -> [Warming] {
        let policy: any RoutingPolicy = event.member.role == .portal ? DocumentPolicy() : policy
        guard type(of: policy).key == .document, event.member.role != .router else { return [] }
        let ready = members.filter {
            $0.isReachable && $0.state.status == .ready && $0.state.role == event.member.role
                && $0.state.id != event.member.id
        }
        let with = owners(ready.map(\.state) + [event.member])
        let without = owners(ready.map(\.state))
        let (before, after) = event.reason == .joins ? (without, with) : (with, without)
        var counts: [String: Int] = [:]
        return documents(event, members).compactMap { document in
            guard let hash = key(document), let owner = after.owner(of: hash, policy) else { return nil }
            let holder = before.owner(of: hash, policy)
            guard holder?.id != owner.id, counts[owner.id, default: 0] < mostWarmings
            else { return nil }
            counts[owner.id, default: 0] += 1
            return Warming(
                document: document, owner: owner,
                holder: event.reason == .lost ? nil : holder?.clusterAddress)
        }
    }

    /// The hot documents, without repetition: the event's own member's first, then everybody's hottest, second hottest, …
    /// What is hot at portals is about to be asked of nodes; what is hot at nodes portals have already shown.
    private static func documents(_ event: HandOverEvent, _ members: [Membership.Member]) -> [String] {
        let others = members.map(\.state).filter {
            $0.id != event.member.id && (event.member.role == .node || $0.role == .portal)
        }
        var seen: Set<String> = []
        var result: [String] = []
        for document in event.hot where seen.insert(document).inserted { result.append(document) }
        for place in 0..<(others.map(\.hot.count).max() ?? 0) {
            for other in others where place < other.hot.count && result.count < mostDocuments {
                if seen.insert(other.hot[place]).inserted { result.append(other.hot[place]) }
            }
        }
        return result
    }

    /// Requests hash the document without its version.
    private static func key(_ document: String) -> AffinityKey? {
        (try? DocumentReference(pathSegment: document.utf8)).map { AffinityKey($0.document.bytes) }
    }

    /// Members as they will be when the change is over: all of them ready, and warm.
    private static func owners(_ states: [MemberState]) -> Owners {
        Owners(
            states.map { state in
                var state = state
                state.status = .ready
                state.age = .infinity
                return state
            })
    }
}
