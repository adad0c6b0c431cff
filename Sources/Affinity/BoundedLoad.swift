// SPDX-License-Identifier: Apache-2.0

/// Consistent hashing with bounded load (Mirrokni, Thorup, Zadimoghaddam, 2016), with a floor, in cost.
///
/// A member is passed over only when its load exceeds both `factor` × its part of the whole and its own floor. Without the
/// floor one reader with six connections on an idle cluster of eight had 16 % of its requests at the owner
/// (`docs/performance.md`): where the mean is less than one request, any request is above it.
package enum BoundedLoad {
    /// 1.25 as a fraction, so that no floating point decides.
    private static let factor = (numerator: 5, denominator: 4)

    /// A hot document lives on at most so many members.
    package static let widest = 3

    /// Promotes the first of the leading candidates that may take the request, or the least loaded of them. Looks at all
    /// members only where the owner is above its floor.
    /// - Parameter list: in the order of affinity, members that are ready first.
    package static func apply(
        _ request: RoutingRequest, to list: inout CandidateList, _ table: RoutingTable, load: (Int) -> Int
    ) {
        let width = min(widest, table.readyCount, list.indices.count)
        guard width > 1 else { return }
        var total: Int?
        var lightest = 0
        for place in 0..<width {
            let index = list.indices[place]
            // The request to be placed counts on both sides.
            let wanted = load(index) + request.cost
            if wanted <= table.nodes[index].floor {
                return choose(place, &list)
            }
            let whole = total ?? sum(table, load) + request.cost
            total = whole
            if wanted * factor.denominator * table.readyShare <= whole * factor.numerator * table.shares[index] {
                return choose(place, &list)
            }
            let best = list.indices[lightest]
            if wanted * table.shares[best] < (load(best) + request.cost) * table.shares[index] { lightest = place }
        }
        choose(lightest, &list)
    }

    private static func sum(_ table: RoutingTable, _ load: (Int) -> Int) -> Int {
        table.tiers[0].places.reduce(0) { $0 + load($1) }
    }

    private static func choose(_ place: Int, _ list: inout CandidateList) {
        list.promote(place)
        list.isOwner = place == 0
    }
}
