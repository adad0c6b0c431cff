// SPDX-License-Identifier: Apache-2.0

import Affinity
import Benchmark

/// One look-up of candidates, as the router does it, for every policy with five nodes, and for the default with more.
func measurePolicies() {
    for policy in RoutingPolicies.all { measure(policy, nodes: 5) }
    measure(DocumentPolicy.self, nodes: 50)
    measure(DocumentPolicy.self, nodes: 1000)
}

private func measure(_ type: any RoutingPolicy.Type, nodes: Int) {
    let policy = type.init()
    let table = RoutingTable((0..<nodes).map { RoutingNode(id: "node-\($0)") })
    Benchmark("policy \(type.name), \(nodes) nodes", configuration: .calls(.kilo)) { benchmark in
        var list = CandidateList(depth: 8)
        var draws = RoutingDraws(seed: 1)
        for _ in benchmark.scaledIterations {
            list.reset()
            let request = RoutingRequest(AffinityKey(hash: draws.next()), draw: draws.next())
            policy.rank(request, table, load: { $0 & 3 }, into: &list)
            blackHole(list.indices[0])
        }
    }
}
