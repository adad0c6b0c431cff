// SPDX-License-Identifier: Apache-2.0

import Affinity
import Testing

/// What holds for every policy in the registry.
struct RoutingPolicyContract {
    static let policies = RoutingPolicies.all.map { $0.name }
    static let counts = [1, 2, 3, 8, 50]

    private func policy(_ name: String) throws -> any RoutingPolicy {
        try #require(RoutingPolicies.named(name)).init()
    }

    private func table(_ count: Int, reversed: Bool = false) -> RoutingTable {
        let nodes = (1...count).map { RoutingNode(id: "node-\($0)") }
        return RoutingTable(reversed ? nodes.reversed() : nodes)
    }

    private func ranked(
        _ policy: any RoutingPolicy, _ key: String, _ table: RoutingTable, load: (Int) -> Int = { _ in 0 }
    ) -> [String] {
        var list = CandidateList()
        policy.rank(AffinityKey(key.utf8), table, load: load, into: &list)
        return list.indices.map { table.nodes[$0].id }
    }

    @Test("candidates are complete and without repetition", arguments: policies, counts)
    func complete(name: String, count: Int) throws {
        let (policy, table) = (try policy(name), table(count))
        for number in 0..<50 {
            let ids = ranked(policy, "document \(number)", table)
            #expect(ids.count == count)
            #expect(Set(ids).count == count)
        }
    }

    @Test("an empty cluster has no candidates", arguments: policies)
    func empty(name: String) throws {
        #expect(ranked(try policy(name), "x", RoutingTable([])).isEmpty)
    }

    @Test("the order in which nodes are listed does not matter", arguments: policies, counts)
    func orderOfNodes(name: String, count: Int) throws {
        for number in 0..<20 where try policy(name) is DocumentPolicy {
            #expect(
                ranked(try policy(name), "\(number)", table(count))
                    == ranked(try policy(name), "\(number)", table(count, reversed: true)))
        }
    }

    @Test("members that are not ready come last", arguments: policies)
    func unavailable(name: String) throws {
        let table = RoutingTable([
            RoutingNode(id: "a", availability: .draining), RoutingNode(id: "b"),
            RoutingNode(id: "c", availability: .unlikely), RoutingNode(id: "d"),
        ])
        let policy = try policy(name)
        for number in 0..<50 {
            let ids = ranked(policy, "\(number)", table)
            #expect(Set(ids.prefix(2)) == ["b", "d"])
            #expect(ids[2] == "a" && ids[3] == "c")
        }
    }

    @Test("a missing key goes to the least loaded node", arguments: policies)
    func missingKey(name: String) throws {
        let policy = try policy(name)
        guard type(of: policy).key != .none else { return }
        let table = table(4)
        var list = CandidateList()
        policy.rank(.none, table, load: { [5, 3, 1, 4][$0] }, into: &list)
        #expect(list.indices == [2, 1, 3, 0])
    }

    @Test("when a node joins or leaves, no key moves between those that stay", arguments: policies)
    func movement(name: String) throws {
        let policy = try policy(name)
        guard type(of: policy).key != .none else { return }
        let (before, after) = (table(9), table(10))
        var moved = 0
        for number in 0..<2000 {
            let (old, new) = (ranked(policy, "\(number)", before)[0], ranked(policy, "\(number)", after)[0])
            #expect(old == new || new == "node-10")
            if old != new { moved += 1 }
        }
        // The ideal is a tenth; five standard deviations of a binomial draw lie within this.
        #expect((133...267).contains(moved))
    }

    @Test("loads decide where a policy looks at them", arguments: ["least-connections", "power-of-two"])
    func loads(name: String) throws {
        let (policy, table) = (try policy(name), table(8))
        var counts = [Int](repeating: 0, count: 8)
        for number in 0..<8000 {
            var list = CandidateList()
            policy.rank(AffinityKey("\(number)".utf8), table, load: { counts[$0] }, into: &list)
            counts[list.indices[0]] += 1
        }
        // Random choice would be off by about 100 in one of them.
        #expect(counts.allSatisfy { abs($0 - 1000) <= 10 }, "\(counts)")
    }

    @Test("policies without a key spread one document over all nodes", arguments: policies)
    func spread(name: String) throws {
        let policy = try policy(name)
        guard type(of: policy).key == .none else { return }
        let table = table(4)
        let first = Set((0..<200).map { _ in ranked(policy, "the same", table)[0] })
        #expect(first.count == 4)
    }
}
