// SPDX-License-Identifier: Apache-2.0

package import Affinity
import Synchronization

/// Requests of this router that a member has not answered yet.
package final class LoadCounter: Sendable {
    private let value = Atomic<Int>(0)

    package init() {}

    package var current: Int { value.load(ordering: .relaxed) }
    package func begin() { value.add(1, ordering: .relaxed) }
    package func end() { value.subtract(1, ordering: .relaxed) }
}

/// The members of one role, ready for routing: table and targets have the same order.
package struct MemberGroup: Sendable {
    package struct Target: Sendable {
        package let id: String
        package let address: String
        package let clusterAddress: String
        package let reportedLoad: Int
        package let inFlight: LoadCounter

        /// The larger of what this router has under way and what the member last said of itself.
        package var load: Int { max(inFlight.current, reportedLoad) }
    }

    package let table: RoutingTable
    package let targets: [Target]

    /// Work that a node finishes sooner than a second one could open the document: this many requests a worker, but no fewer
    /// than a few readers of one page have under way: a browser uses six connections, and ten who ask for the same tile at the
    /// same time shall have it rendered once.
    private static let floorPerWorker = 4
    private static let leastFloor = 16

    package init() {
        table = RoutingTable([])
        targets = []
    }

    init(_ members: [Membership.Member], _ counters: [String: LoadCounter]) {
        table = RoutingTable(
            members.map { member in
                RoutingNode(
                    id: member.state.id, availability: Self.availability(member),
                    floor: max(Self.leastFloor, Self.floorPerWorker * member.state.capacity))
            })
        let byID = Dictionary(uniqueKeysWithValues: members.map { ($0.state.id, $0.state) })
        targets = table.nodes.compactMap { node in
            byID[node.id].map { state in
                Target(
                    id: state.id, address: state.address, clusterAddress: state.clusterAddress,
                    reportedLoad: state.load, inFlight: counters[state.id] ?? LoadCounter())
            }
        }
    }

    private static func availability(_ member: Membership.Member) -> RoutingNode.Availability {
        switch (member.isReachable, member.state.status) {
        case (true, .ready): .ready
        case (true, .draining): .draining
        default: .unlikely
        }
    }

    package var readyCount: Int { table.nodes.count { $0.availability == .ready } }
}
