// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Affinity

struct DocumentPolicyTests {
    @Test("one reader with six connections on an idle cluster stays on one node", arguments: [2, 4, 8])
    func oneReader(count: Int) {
        for document in 0..<20 {
            var cluster = Cluster(count)
            let used = Set((0..<6).map { _ in cluster.send(DocumentPolicy(), RoutingRequest("document \(document)")) })
            #expect(used == [cluster.owner("document \(document)")])
        }
    }

    @Test("a hot document lives on three nodes at most, whatever the load")
    func hotDocument() {
        var cluster = Cluster(20, floor: 4)
        let used = Set((0..<1000).map { _ in cluster.send(DocumentPolicy(), "hot") })
        #expect(used.count == 3)
    }

    @Test("a node is passed over only above both the bound and its floor")
    func bound() {
        func choose(_ own: Int, _ other: Int, cost: Int = 1) -> Bool {
            var cluster = Cluster(2, floor: 8)
            let owner = cluster.owner("x")
            for id in ["node-1", "node-2"] { cluster.loads[id] = id == owner ? own : other }
            return cluster.list(DocumentPolicy(), RoutingRequest("x", cost: cost), depth: 4).isOwner
        }
        #expect(choose(7, 0))
        #expect(!choose(8, 0))
        #expect(choose(8, 8))
        #expect(choose(100, 90))
        #expect(!choose(100, 10))
        // A dear request reaches the floor sooner.
        #expect(choose(4, 0, cost: 4))
        #expect(!choose(5, 0, cost: 4))
    }

    @Test("a request that alone is above the floor stays with its owner where nothing else is under way")
    func dear() {
        for number in 0..<100 {
            #expect(
                Cluster(4, floor: 2).list(DocumentPolicy(), RoutingRequest("\(number)", cost: 50), depth: 4).isOwner)
        }
    }

    @Test("no node carries more than the bound, as long as three of them need not")
    func boundHolds() {
        var cluster = Cluster(8, floor: 4)
        for number in 0..<4000 { _ = cluster.send(DocumentPolicy(), RoutingRequest("\(number % 500)")) }
        #expect(cluster.loads.values.allSatisfy { $0 <= 626 }, "\(cluster.loads)")
    }

    @Test("the bound follows the weights")
    func weightedBound() {
        var cluster = Cluster([RoutingNode(id: "small", floor: 4), RoutingNode(id: "large", floor: 4, weight: 3)])
        for number in 0..<4000 { _ = cluster.send(DocumentPolicy(), RoutingRequest("\(number % 500)")) }
        #expect((cluster.loads["small"] ?? 0) <= 1251)
        #expect((cluster.loads["large"] ?? 0) <= 3751)
    }

    @Test("nodes that start together have their full shares at once; only one that joins later begins with little")
    func startTogether() {
        func shares(_ ages: [Int]) -> [Int] {
            RoutingTable(ages.indices.map { RoutingNode(id: "\($0)", age: ages[$0]) }, slowStart: 30_000).shares
        }
        #expect(shares([0, 10, 900]) == [16, 16, 16])
        #expect(shares([2000, 4000, 29_000]) == [16, 16, 16])
        #expect(shares([0, 600_000]) == [1, 16])
        #expect(shares([15_000, 600_000]) == [8, 16])
        #expect(shares([40_000, 600_000]) == [16, 16])
    }

    @Test("while a node's share rises, keys only ever move to it")
    func rising() {
        func cluster(_ age: Int) -> Cluster {
            Cluster(
                (1...5).map { RoutingNode(id: "node-\($0)", weight: $0, age: $0 == 5 ? age : 600_000) },
                slowStart: 30_000)
        }
        let steps = [0, 3000, 9000, 15_000, 29_000, 31_000].map(cluster)
        for number in 0..<1000 {
            let owners = steps.map { $0.owner("\(number)") }
            for (earlier, later) in zip(owners, owners.dropFirst()) { #expect(earlier == later || later == "node-5") }
        }
    }

    @Test("documents spread evenly over the nodes, and so do second choices")
    func balance() {
        let cluster = Cluster(10)
        var (first, second) = ([String: Int](), [String: Int]())
        for document in 0..<10_000 {
            let ids = cluster.ids(DocumentPolicy(), RoutingRequest("documents/\(document).pdf"), depth: 4)
            first[ids[0], default: 0] += 1
            second[ids[0] + ids[1], default: 0] += 1
        }
        #expect(first.count == 10 && first.values.allSatisfy { (850...1150).contains($0) })
        // 90 ordered pairs, 111 each; five standard deviations.
        #expect(second.count == 90 && second.values.allSatisfy { (58...164).contains($0) })
    }

    @Test("the share that a change moves is told")
    func movedShare() {
        let (few, many) = (Cluster(9).table, Cluster(10).table)
        #expect(abs(many.movedShare(since: few) - 0.1) < 0.04)
        #expect(few.movedShare(since: few) == 0)
        // The owner of everything there was is gone.
        #expect(Cluster(0).table.movedShare(since: few) == 1)
    }
}
