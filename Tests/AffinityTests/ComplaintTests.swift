// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Affinity

/// What operators of other products complained of, as far as it is a matter of choosing. The rest is in `RouterTests`.
struct ComplaintTests {
    private static let requests = (0..<2000).map { RoutingRequest("session \($0)") }

    @Test(
        "kubernetes/ingress-nginx#4475: a second node takes over its half of the sessions, and nobody is sent from a node that stays to another one that stays"
    )
    func scalingUp() {
        let policy = SessionCookiePolicy()
        for count in [1, 2, 5] {
            let (before, after) = (Cluster(count), Cluster(count + 1))
            var moved = 0
            for request in Self.requests {
                let (old, new) = (before.ids(policy, request)[0], after.ids(policy, request)[0])
                if old != new { moved += 1 }
                #expect(old == new || new == "node-\(count + 1)")
            }
            // No more than the new node's part, where all of them were re-dealt.
            #expect(abs(moved - 2000 / (count + 1)) < 120, "\(moved)")
        }
    }

    @Test("kubernetes/ingress-nginx#4475: replacing a node under its name moves no session at all")
    func replacing() {
        let policy = SessionCookiePolicy()
        let before = Cluster((1...4).map { RoutingNode(id: "node-\($0)", age: 600_000) }, slowStart: 30_000)
        let gone = Cluster(
            (1...4).map { RoutingNode(id: "node-\($0)", availability: $0 == 2 ? .unlikely : .ready, age: 600_000) },
            slowStart: 30_000)
        let grown = Cluster(
            (1...4).map { RoutingNode(id: "node-\($0)", age: $0 == 2 ? 30_000 : 660_000) }, slowStart: 30_000)
        for request in Self.requests {
            let owner = before.ids(policy, request)[0]
            #expect(grown.ids(policy, request)[0] == owner)
            if owner != "node-2" { #expect(gone.ids(policy, request)[0] == owner) }
        }
    }

    @Test("CollaboraOnline/online#16093: requests without a key are spread over the nodes, not pinned to one")
    func missingKey() {
        for policy in RoutingPolicies.all.map({ $0.init() }) {
            var cluster = Cluster(5)
            for number in 0..<500 { _ = cluster.send(policy, .keyless(number)) }
            let most = cluster.loads.values.max() ?? 0
            #expect(most <= 140, "\(type(of: policy).name): \(cluster.loads)")
        }
    }

    @Test("istio/istio#27466: two routers that see the same members choose the same node, without a word between them")
    func twoGateways() {
        let nodes = (1...7).map { RoutingNode(id: "node-\($0)", weight: $0 % 3 + 1, age: $0 * 9000) }
        // They heard of the members in another order.
        let (one, other) = (Cluster(nodes, slowStart: 30_000), Cluster(nodes.shuffled(), slowStart: 30_000))
        #expect(one.table.fingerprint == other.table.fingerprint)
        for policy in RoutingPolicies.all.filter({ $0.key != .none }).map({ $0.init() }) {
            for request in Self.requests { #expect(one.ids(policy, request) == other.ids(policy, request)) }
        }
        #expect(one.table.fingerprint != Cluster(Array(nodes.dropLast())).table.fingerprint)
    }

    @Test("projectcontour/contour#2296: a node that has just started is not met by its full share at once")
    func coldNode() {
        for policy in RoutingPolicies.all.map({ $0.init() }) {
            // Joins a cluster under load.
            var cluster = Cluster(
                (1...4).map { RoutingNode(id: "node-\($0)", floor: 16, age: $0 == 4 ? 500 : 600_000) },
                slowStart: 30_000)
            for id in 1...3 { cluster.loads["node-\(id)"] = 20 }
            let first = (0..<100).map { cluster.send(policy, RoutingRequest("document \($0)", draw: $0)) }
            #expect(first.count { $0 == "node-4" } <= 12, "\(type(of: policy).name)")
        }
    }

    @Test(
        "traefik/traefik#1139: consistent hashing keeps within a bound of the load, and moves on to the same next node")
    func boundedLoad() {
        var cluster = Cluster(6, floor: 4)
        // A third of all requests are for one document.
        for number in 0..<3000 {
            let key = number % 3 == 0 ? "hot" : "document \(number)"
            let id = cluster.send(DocumentPolicy(), RoutingRequest(key))
            let total = cluster.loads.values.reduce(0, +)
            // While there is little to do, three nodes at most for one document count for more than the bound.
            let bound = number < 200 ? Int.max : (total * 5 + 23) / 24
            #expect((cluster.loads[id] ?? 0) <= bound)
        }
        let order = Cluster(6).ids(DocumentPolicy(), "hot")
        cluster.loads[order[0]] = 1_000_000
        #expect(cluster.ids(DocumentPolicy(), "hot").prefix(2) == [order[1], order[0]])
    }
}
