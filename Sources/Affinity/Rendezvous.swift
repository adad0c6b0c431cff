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
            guard !list.isFull else { return }
            list.appendBest(of: tier.count) { selection in
                if tier.isEven { select(key, tier, &selection) } else { selectByShare(key, tier, &selection) }
            }
        }
    }

    private static func select(_ key: UInt64, _ tier: RoutingTier, _ selection: inout CandidateList.Selection) {
        tier.seeds.withUnsafeBufferPointer { seeds in
            for member in seeds.indices { selection.offer(member, StableHash.pair(key, seeds[member])) }
        }
        selection.translate(tier.places)
    }

    private static func selectByShare(_ key: UInt64, _ tier: RoutingTier, _ selection: inout CandidateList.Selection) {
        let (seeds, paces) = (tier.seeds, tier.paces)
        FixedLogarithm.table.withUnsafeBufferPointer { logarithms in
            for member in seeds.indices {
                let (hash, pace) = (StableHash.pair(key, seeds[member]), paces[member])
                // The lowest wins, and the selection puts the highest first. Nothing overflows: both factors are below 2^32.
                // Nearly all are turned away by a bound that needs no logarithm.
                guard ~(FixedLogarithm.leastNegative(hash) &* pace) >= selection.least else { continue }
                selection.offer(member, ~(FixedLogarithm.negative(hash, logarithms) &* pace), tieBreak: hash)
            }
        }
        selection.translate(tier.places)
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
