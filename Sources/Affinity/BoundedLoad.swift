// SPDX-License-Identifier: Apache-2.0

/// Consistent hashing with bounded load (Mirrokni, Thorup, Zadimoghaddam, 2016), with a floor.
///
/// A member is passed over only when its load exceeds both `factor` × the mean and its own floor. Without the floor one
/// reader with six connections on an idle cluster of eight had 16 % of its requests at the owner (`docs/performance.md`):
/// where the mean is less than one request, any request is above it.
package enum BoundedLoad {
    /// 1.25 as a fraction, so that no floating point decides.
    private static let factor = (numerator: 5, denominator: 4)

    /// A hot document lives on at most so many members.
    package static let widest = 3

    /// Promotes the first of the leading candidates that may take one more request, or the least loaded of them.
    /// - Parameter list: in the order of affinity, members that are ready first.
    package static func apply(to list: inout CandidateList, _ table: RoutingTable, load: (Int) -> Int) {
        var (total, ready) = (0, 0)
        for index in list.indices where table.nodes[index].availability == .ready {
            total += load(index)
            ready += 1
        }
        guard ready > 1 else { return }
        let width = min(widest, ready)
        var lightest = 0
        for place in 0..<width {
            let index = list.indices[place]
            let current = load(index)
            // The request to be placed counts on both sides.
            let isAboveMean = (current + 1) * factor.denominator * ready > (total + 1) * factor.numerator
            if !(isAboveMean && current + 1 > table.nodes[index].floor) {
                list.promote(place)
                list.isOwner = place == 0
                return
            }
            if current < load(list.indices[lightest]) { lightest = place }
        }
        list.promote(lightest)
        list.isOwner = lightest == 0
    }
}
