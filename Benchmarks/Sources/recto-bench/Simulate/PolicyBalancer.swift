// SPDX-License-Identifier: Apache-2.0

import Affinity

/// A policy of the product, as the router uses it.
final class PolicyBalancer: Balancer {
    private let policy: any RoutingPolicy
    private let table: RoutingTable
    /// Members by their place in the table.
    private let numbers: [Int]
    private var list = CandidateList(depth: 8)

    init(_ name: String, _ members: [Int], weight: (Int) -> Int = { _ in 1 }) {
        policy = (RoutingPolicies.named(name) ?? DocumentPolicy.self).init()
        let byID = Dictionary(uniqueKeysWithValues: members.map { (Self.id($0), $0) })
        let table = RoutingTable(members.map { RoutingNode(id: Self.id($0), floor: 16, weight: weight($0)) })
        numbers = table.nodes.compactMap { byID[$0.id] }
        self.table = table
    }

    static func id(_ member: Int) -> String { "node-\(member)" }

    func choose(_ key: UInt64, _ draw: UInt64, _ loads: [Int]) -> Int {
        list.reset()
        policy.rank(
            RoutingRequest(AffinityKey(hash: key), draw: draw), table, load: { loads[numbers[$0]] }, into: &list)
        return numbers[list.indices[0]]
    }
}
