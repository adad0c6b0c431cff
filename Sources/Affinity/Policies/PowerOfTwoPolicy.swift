// SPDX-License-Identifier: Apache-2.0

/// Of two nodes drawn at random the one that works on less for its weight (Mitzenmacher: "The power of two choices in
/// randomized load balancing", 2001): nearly as even as looking at all, and routers whose view is old do not all choose the
/// same one.
package struct PowerOfTwoPolicy: RoutingPolicy {
    package static let name = "power-of-two"
    package static let key = AffinityKeySource.none

    package init() {}

    package func rank(
        _ request: RoutingRequest, _ table: RoutingTable, load: (Int) -> Int, into list: inout CandidateList
    ) {
        guard let tier = table.tiers.first else { return }
        let first = tier.member(atTurn: tier.turn(request.draw))
        var second = tier.member(atTurn: tier.turn(StableHash.mix(request.draw)))
        if second == first { second = second + 1 < tier.count ? second + 1 : 0 }
        func pressure(_ member: Int) -> UInt64 {
            LeastLoaded.pressure(load(tier.places[member]) + request.cost, tier.paces[member])
        }
        let isSecondLighter = pressure(second) < pressure(first)
        list.append(tier.places[isSecondLighter ? second : first])
        list.append(tier.places[isSecondLighter ? first : second])
        Turns.fill(table, into: &list) { $0.member(atTurn: $0.turn(request.draw)) }
    }
}
