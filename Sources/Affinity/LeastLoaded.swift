// SPDX-License-Identifier: Apache-2.0

/// The least loaded first, ties by the request's draw. What counts is what a member would have after taking the request,
/// divided by its share ("shortest expected delay" in the Linux Virtual Server): an idle member that has just joined is not
/// met by everything at once, and a member of twice the weight carries twice the load.
package enum LeastLoaded {
    package static func rank(
        _ request: RoutingRequest, _ table: RoutingTable, load: (Int) -> Int, into list: inout CandidateList
    ) {
        for tier in table.tiers {
            guard !list.isFull else { return }
            list.appendBest(of: tier.count) { selection in
                for member in tier.places.indices {
                    let pressure = pressure(load(tier.places[member]) + request.cost, tier.paces[member])
                    selection.offer(member, ~pressure, tieBreak: StableHash.pair(request.draw, tier.seeds[member]))
                }
                selection.translate(tier.places)
            }
        }
    }

    /// Load by share. A pace is at most 2^32, and a load is cut at 2^31.
    static func pressure(_ load: Int, _ pace: UInt64) -> UInt64 { UInt64(min(max(load, 0), 1 << 31 - 1)) &* pace }
}
