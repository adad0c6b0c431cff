// SPDX-License-Identifier: Apache-2.0

/// Each request to any node, by weight.
package struct RandomPolicy: RoutingPolicy {
    package static let name = "random"
    package static let key = AffinityKeySource.none

    package init() {}

    package func rank(
        _ request: RoutingRequest, _ table: RoutingTable, load: (Int) -> Int, into list: inout CandidateList
    ) {
        Turns.fill(table, into: &list) { $0.member(atTurn: $0.turn(request.draw)) }
    }
}
