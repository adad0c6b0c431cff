// SPDX-License-Identifier: Apache-2.0

@testable import Affinity

/// A table with loads, as the router has them.
struct Cluster {
    var table: RoutingTable
    var loads: [String: Int] = [:]

    init(_ nodes: [RoutingNode], slowStart: Int = 0) { table = RoutingTable(nodes, slowStart: slowStart) }

    /// Nodes `node-1` to `node-N`, all alike.
    init(_ count: Int, floor: Int = 16) {
        self.init(count == 0 ? [] : (1...count).map { RoutingNode(id: "node-\($0)", floor: floor) })
    }

    func ids(_ policy: any RoutingPolicy, _ request: RoutingRequest, depth: Int = .max) -> [String] {
        list(policy, request, depth: depth).indices.map { table.nodes[$0].id }
    }

    func list(_ policy: any RoutingPolicy, _ request: RoutingRequest, depth: Int = .max) -> CandidateList {
        var list = CandidateList(depth: depth)
        policy.rank(request, table, load: { loads[table.nodes[$0].id] ?? 0 }, into: &list)
        return list
    }

    func owner(_ key: String) -> String { ids(DocumentPolicy(), RoutingRequest(AffinityKey(key.utf8)), depth: 4)[0] }

    /// Sends a request that stays there.
    mutating func send(_ policy: any RoutingPolicy, _ request: RoutingRequest) -> String {
        let id = ids(policy, request, depth: 4)[0]
        loads[id, default: 0] += request.cost
        return id
    }
}

extension RoutingRequest {
    /// Keyed by a text, with a draw of its own.
    init(_ key: String, cost: Int = 1, draw: Int = 0) {
        self.init(AffinityKey(key.utf8), cost: cost, draw: StableHash.mix(UInt64(draw) + 1))
    }

    static func keyless(_ draw: Int, cost: Int = 1) -> RoutingRequest {
        RoutingRequest(.none, cost: cost, draw: StableHash.mix(UInt64(draw) + 1))
    }
}
