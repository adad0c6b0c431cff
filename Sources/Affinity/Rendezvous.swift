// SPDX-License-Identifier: Apache-2.0

/// Rendezvous hashing (Thaler, Ravishankar: "A name-based mapping scheme for rendezvous", 1996): each member gets a number
/// from key and id, the highest wins. When a member joins or leaves, no key moves between those that stay.
///
/// With weights the number h / 2^64 becomes −log(h / 2^64) / weight and the lowest wins (the logarithmic method of
/// Schindelhauer and Schomaker: "Weighted distributed hash tables", 2005): shares are in proportion to the weights, and a
/// weight that changes moves keys to or from that member only. A logarithm keeps the order, so where all weights are equal
/// the hashes decide alone, with the same outcome.
package enum Rendezvous {
    /// Fills the list with the leading members for a key, those that are ready first; ties by id, which is the table's
    /// order. One pass over the members, whatever the depth.
    package static func rank(_ key: UInt64, _ table: RoutingTable, into list: inout CandidateList) {
        for tier in table.tiers {
            let start = list.indices.count
            guard start < list.depth else { return }
            if tier.isEven {
                select(key, tier, from: start, into: &list)
            } else {
                selectByWeight(key, tier, from: start, into: &list)
            }
        }
    }

    private static func select(
        _ key: UInt64, _ tier: RoutingTier, from start: Int, into list: inout CandidateList
    ) {
        tier.seeds.withUnsafeBufferPointer { seeds in
            var least = list.least
            for place in seeds.indices {
                let hash = StableHash.pair(key, seeds[place])
                if let least, hash <= least { continue }
                list.insert(tier.places[place], CandidateList.Rating(value: hash), from: start)
                least = list.least
            }
        }
    }

    private static func selectByWeight(
        _ key: UInt64, _ tier: RoutingTier, from start: Int, into list: inout CandidateList
    ) {
        let (seeds, paces, logarithms) = (tier.seeds.span, tier.paces.span, FixedLogarithm.table)
        logarithms.withUnsafeBufferPointer { logarithms in
            var least = list.least
            for place in seeds.indices {
                let hash = StableHash.pair(key, seeds[place])
                // The lowest wins, and the list puts the highest first. Below 2^64: the factors are below 2^32.
                let value = ~(FixedLogarithm.negative(hash, logarithms) &* paces[place])
                if let least, value < least { continue }
                list.insert(tier.places[place], CandidateList.Rating(value: value, tieBreak: hash), from: start)
                least = list.least
            }
        }
    }
}

extension Rendezvous {
    /// The order for a policy with a key: the first is the owner. Without a key the least loaded goes first, and nobody owns
    /// anything.
    package static func rank(
        _ request: RoutingRequest, _ table: RoutingTable, load: (Int) -> Int, into list: inout CandidateList
    ) {
        guard let hash = request.key.hash else {
            return LeastLoaded.rank(request, table, load: load, into: &list)
        }
        rank(hash, table, into: &list)
        list.isOwner = true
    }
}
