// SPDX-License-Identifier: Apache-2.0

package import Affinity

/// The members of one role, ready for routing: table and targets have the same order.
package struct MemberGroup: Sendable {
    /// A member as requests are sent to it. Shared, so that handing it on costs a reference count.
    package final class Target: Sendable {
        package let id: String
        package let address: String
        package let clusterAddress: String
        package let inFlight: LoadCounter

        package init(id: String, address: String, clusterAddress: String, inFlight: LoadCounter) {
            self.id = id
            self.address = address
            self.clusterAddress = clusterAddress
            self.inFlight = inFlight
        }

        /// The larger of the cost that this router has under way and the load that the member last reported.
        package var load: Int { max(inFlight.current, inFlight.reported) }
    }

    package let table: RoutingTable
    package let targets: [Target]

    /// Work that a node finishes sooner than a second one could open the document: this much a worker, but no less than a few
    /// readers of one page have under way: a browser uses six connections, and ten who ask for the same tile at the same time
    /// shall have it rendered once.
    private static let floorPerWorker = 4
    private static let leastFloor = 16

    package init() {
        table = RoutingTable([])
        targets = []
    }

    package init(_ members: [Membership.Member], _ counters: [String: LoadCounter], slowStart: Duration = .zero) {
        table = RoutingTable(members.map(Self.node), slowStart: Int(slowStart / .milliseconds(1)))
        let byID = Dictionary(uniqueKeysWithValues: members.map { ($0.state.id, $0.state) })
        targets = table.nodes.compactMap { node in
            byID[node.id].map { state in
                Target(
                    id: state.id, address: state.address, clusterAddress: state.clusterAddress,
                    inFlight: counters[state.id] ?? LoadCounter())
            }
        }
    }

    private static func node(_ member: Membership.Member) -> RoutingNode {
        let state = member.state
        return RoutingNode(
            id: state.id, availability: availability(member),
            floor: max(leastFloor, floorPerWorker * min(state.capacity, RoutingNode.heaviest)),
            // As much as it has workers; one that does not say how many counts as one.
            weight: state.weight ?? max(1, state.capacity), age: state.age > 0 ? Int(min(state.age, 1e9) * 1000) : 0)
    }

    private static func availability(_ member: Membership.Member) -> RoutingNode.Availability {
        switch (member.isReachable, member.state.status) {
        case (true, .ready): .ready
        case (true, .draining): .draining
        default: .unlikely
        }
    }

    /// Members that requests are spread over.
    package var readyCount: Int { table.readyCount }

    /// The number of members to be asked before another role stands in for this one.
    package var usableCount: Int { table.nodes.count { $0.availability != .unlikely } }
}
