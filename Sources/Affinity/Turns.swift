// SPDX-License-Identifier: Apache-2.0

/// Members by number instead of by key: the one whose turn it is, then its neighbours. Costs no more with a thousand members
/// than with two.
enum Turns {
    /// Puts the members of each tier behind what is in the list, beginning with the one that `first` names.
    static func fill(_ table: RoutingTable, into list: inout CandidateList, first: (RoutingTier) -> Int) {
        for tier in table.tiers {
            let begin = first(tier)
            for offset in 0..<tier.count {
                guard !list.isFull else { return }
                let member = begin + offset
                list.append(tier.places[member < tier.count ? member : member - tier.count])
            }
        }
    }
}
