// SPDX-License-Identifier: Apache-2.0

/// The members at one moment, in the order of their ids. Policies refer to members by their place in it. Built when the
/// membership changes, so that a look-up finds everything ready.
package struct RoutingTable: Sendable {
    package let nodes: [RoutingNode]
    /// By how likely they are to answer, the best first; none is empty.
    let tiers: [RoutingTier]
    /// Of each node by place, what `SlowStart` gives it.
    let shares: [Int]
    /// Members that are ready and may get something, and the sum of their shares.
    package let readyCount: Int
    let readyShare: Int
    /// Equal for routers that see the same members with the same state and weight. Ages do not count: they change all the
    /// time.
    package let fingerprint: UInt64

    /// - Parameter slowStart: milliseconds until a node that joins has its full share.
    package init(_ nodes: [RoutingNode], slowStart: Int = 0) {
        // As bytes: strings compare by Unicode's tables, which differ from version to version.
        let nodes = nodes.sorted { $0.id.utf8.lexicographicallyPrecedes($1.id.utf8) }
        let oldest = nodes.lazy.filter { $0.availability == .ready }.compactMap(\.age).max() ?? 0
        let shares = nodes.map {
            SlowStart.share(weight: $0.weight, age: $0.age, oldest: oldest, window: slowStart)
        }
        self.nodes = nodes
        self.shares = shares
        tiers = RoutingNode.Availability.allCases.compactMap { availability in
            let places = nodes.indices.filter { Self.tier(of: nodes[$0]) == availability }
            return places.isEmpty ? nil : RoutingTier(availability, places, nodes, shares)
        }
        let ready = tiers.first { $0.availability == .ready }
        readyCount = ready?.count ?? 0
        readyShare = ready?.totalShare ?? 0
        fingerprint = nodes.reduce(0) {
            StableHash.mix($0 ^ $1.seed &+ UInt64($1.availability.rawValue << 32 | $1.weight))
        }
    }

    /// One without weight is as good as draining: it is asked where no other answers.
    private static func tier(of node: RoutingNode) -> RoutingNode.Availability {
        node.availability == .ready && node.weight == 0 ? .draining : node.availability
    }

    /// The place of the member that owns a key, if one is ready.
    func owner(_ key: UInt64) -> Int? {
        var list = CandidateList(depth: 1)
        Rendezvous.rank(key, self, into: &list)
        return readyCount > 0 ? list.indices.first : nil
    }
}

extension RoutingTable {
    private static let sampledKeys: UInt64 = 1024

    /// The part of all keys that has another owner than in an earlier table, once every node has its full share; from a
    /// sample, right to about 0.03. Costs a millisecond or two where there are a thousand nodes.
    package func movedShare(since earlier: RoutingTable) -> Double {
        let (before, after) = (RoutingTable(earlier.nodes), RoutingTable(nodes))
        let moved = (0..<Self.sampledKeys).count { number in
            let key = StableHash.mix(number + 1)
            return before.owner(key).map { before.nodes[$0].id } != after.owner(key).map { after.nodes[$0].id }
        }
        return Double(moved) / Double(Self.sampledKeys)
    }
}
