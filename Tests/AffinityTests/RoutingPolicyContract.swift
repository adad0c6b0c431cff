// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Affinity

/// What holds for every policy in the registry.
struct RoutingPolicyContract {
    static let policies = RoutingPolicies.all.map { $0.name }
    static let keyed = RoutingPolicies.all.filter { $0.key != .none }.map { $0.name }
    static let unkeyed = RoutingPolicies.all.filter { $0.key == .none }.map { $0.name }
    static let counts = [1, 2, 3, 8, 50]

    private func policy(_ name: String) throws -> any RoutingPolicy { try #require(RoutingPolicies.named(name)).init() }

    private func weighted(_ weights: [Int]) -> Cluster {
        Cluster(weights.indices.map { RoutingNode(id: "node-\($0)", floor: .max, weight: weights[$0]) })
    }

    @Test("candidates are complete and without repetition", arguments: policies, counts)
    func complete(name: String, count: Int) throws {
        let (policy, cluster) = (try policy(name), Cluster(count))
        for number in 0..<50 {
            for request in [RoutingRequest("document \(number)", draw: number), .keyless(number)] {
                let ids = cluster.ids(policy, request)
                #expect(ids.count == count)
                #expect(Set(ids).count == count)
            }
        }
    }

    @Test("a short list is the beginning of the complete one", arguments: policies, [1, 3, 4, 8])
    func depth(name: String, depth: Int) throws {
        for cluster in [Cluster(50), weighted((0..<50).map { $0 % 5 })] {
            for number in 0..<50 {
                let request = RoutingRequest("\(number)", draw: number)
                // New ones each time: a policy that counts has the same turn then.
                let whole = cluster.ids(try policy(name), request)
                // Bounded load may look at three.
                guard name != DocumentPolicy.name || depth >= BoundedLoad.widest else { continue }
                #expect(cluster.ids(try policy(name), request, depth: depth) == Array(whole.prefix(depth)))
            }
        }
    }

    @Test("an empty cluster has no candidates", arguments: policies)
    func empty(name: String) throws { #expect(Cluster(0).ids(try policy(name), "x").isEmpty) }

    @Test("the order in which nodes are listed does not matter", arguments: policies, counts)
    func orderOfNodes(name: String, count: Int) throws {
        let nodes = (1...count).map { RoutingNode(id: "node-\($0)", weight: 1 + $0 % 3) }
        for number in 0..<20 {
            let request = RoutingRequest("\(number)", draw: number)
            #expect(
                Cluster(nodes).ids(try policy(name), request)
                    == Cluster(nodes.reversed()).ids(try policy(name), request))
        }
    }

    @Test(
        "with a key the answer is always the same, whatever the draw and in whatever order it is asked",
        arguments: keyed)
    func deterministic(name: String) throws {
        let (policy, cluster) = (try policy(name), Cluster(9))
        let before = (0..<100).map { cluster.ids(policy, RoutingRequest("\($0)", draw: $0)) }
        let after = (0..<100).reversed().map { cluster.ids(policy, RoutingRequest("\($0)", draw: $0 + 7)) }
        #expect(before == after.reversed())
    }

    @Test(
        "members that are not ready come last, and one without weight before those believed dead", arguments: policies)
    func unavailable(name: String) throws {
        let cluster = Cluster([
            RoutingNode(id: "a", availability: .draining), RoutingNode(id: "b"),
            RoutingNode(id: "c", availability: .unlikely), RoutingNode(id: "d"), RoutingNode(id: "e", weight: 0),
        ])
        let policy = try policy(name)
        for number in 0..<50 {
            let ids = cluster.ids(policy, RoutingRequest("\(number)", draw: number))
            #expect(Set(ids.prefix(2)) == ["b", "d"])
            #expect(Set(ids[2...3]) == ["a", "e"])
            #expect(ids[4] == "c")
        }
    }

    @Test("a missing key goes to the least loaded node", arguments: keyed)
    func missingKey(name: String) throws {
        var cluster = Cluster(4)
        cluster.loads = ["node-1": 5, "node-2": 3, "node-3": 1, "node-4": 4]
        let list = cluster.list(try policy(name), .keyless(1))
        #expect(list.indices == [2, 1, 3, 0])
        #expect(!list.isOwner)
    }

    @Test("when a node joins, leaves or drains, no key moves between those that stay", arguments: keyed, [true, false])
    func movement(name: String, isWeighted: Bool) throws {
        let policy = try policy(name)
        func nodes(_ count: Int) -> [RoutingNode] {
            (1...count).map { RoutingNode(id: "node-\($0)", weight: isWeighted ? 1 + $0 % 4 : 1) }
        }
        let (few, many) = (Cluster(nodes(9)), Cluster(nodes(10)))
        let draining = Cluster(nodes(9) + [RoutingNode(id: "node-10", availability: .draining, weight: 3)])
        var moved = 0
        for number in 0..<4000 {
            let request = RoutingRequest("\(number)")
            let (without, with) = (few.ids(policy, request)[0], many.ids(policy, request)[0])
            #expect(without == with || with == "node-10")
            #expect(draining.ids(policy, request)[0] == without)
            if without != with { moved += 1 }
        }
        // The ideal is the node's part of the weight; five standard deviations of a binomial draw.
        let ideal = isWeighted ? 3.0 / 25 : 0.1
        #expect(abs(Double(moved) - 4000 * ideal) < 5 * (4000 * ideal * (1 - ideal)).squareRoot(), "\(moved)")
    }

    @Test("a changed weight moves keys to or from that node only", arguments: keyed)
    func changedWeight(name: String) throws {
        let policy = try policy(name)
        let (before, after) = (weighted([2, 2, 2, 2, 2]), weighted([2, 2, 5, 2, 2]))
        for number in 0..<2000 {
            let request = RoutingRequest("\(number)")
            let (old, new) = (before.ids(policy, request)[0], after.ids(policy, request)[0])
            #expect(old == new || new == "node-2")
        }
    }

    @Test("weights are respected", arguments: policies)
    func weights(name: String) throws {
        let (policy, weights) = (try policy(name), [1, 2, 4, 8, 0, 1])
        var cluster = weighted(weights)
        var counts = [Int](repeating: 0, count: weights.count)
        let total = 16_000
        for number in 0..<total {
            let list = cluster.list(policy, RoutingRequest("\(number)", draw: number), depth: 4)
            counts[list.indices[0]] += 1
            // Requests that stay: policies that look at loads have some to look at.
            if type(of: policy).key == .none { cluster.loads["node-\(list.indices[0])", default: 0] += 1 }
        }
        for (count, weight) in zip(counts, weights) {
            let share = Double(weight) / 16
            #expect(
                abs(Double(count) - Double(total) * share) <= 5 * (Double(total) * share * (1 - share)).squareRoot())
        }
    }

    @Test("loads decide where a policy looks at them", arguments: ["least-connections", "power-of-two"])
    func loads(name: String) throws {
        let policy = try policy(name)
        var cluster = Cluster(8)
        for number in 0..<8000 { _ = cluster.send(policy, .keyless(number)) }
        // Random choice would be off by about 100 in one of them.
        #expect(cluster.loads.values.allSatisfy { abs($0 - 1000) <= 10 }, "\(cluster.loads)")
    }

    @Test("policies without a key spread one document over all nodes", arguments: unkeyed)
    func spread(name: String) throws {
        let (policy, cluster) = (try policy(name), Cluster(4))
        let first = Set((0..<200).map { cluster.ids(policy, RoutingRequest("the same", draw: $0))[0] })
        #expect(first.count == 4)
    }

    @Test("a node that joins gets a small share at first, and all of it in the end", arguments: policies)
    func slowStart(name: String) throws {
        let policy = try policy(name)
        func share(_ age: Int) -> Int {
            let nodes = (1...4).map { RoutingNode(id: "node-\($0)", floor: .max, age: $0 == 4 ? age : 600_000) }
            var cluster = Cluster(nodes, slowStart: 30_000)
            var count = 0
            for number in 0..<4000 {
                let request = RoutingRequest("\(number)", draw: number)
                // Requests stay, for policies that look at loads.
                if cluster.send(policy, request) == "node-4" { count += 1 }
            }
            return count
        }
        #expect((30...160).contains(share(1000)))
        #expect((400...750).contains(share(15_000)))
        #expect((850...1150).contains(share(30_000)))
    }
}

extension RoutingRequest: ExpressibleByStringLiteral {
    /// Keyed by that text.
    public init(stringLiteral key: String) { self.init(key) }
}
