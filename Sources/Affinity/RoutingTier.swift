// SPDX-License-Identifier: Apache-2.0

/// The members of a table that are as likely to answer, laid out for look-ups: each field in an array of its own, so that a
/// thousand seeds fill 8 KB and are read in order. Shared, so that a look-up takes one reference and not one of each array.
final class RoutingTier: Sendable {
    let availability: RoutingNode.Availability
    /// In the table.
    let places: [Int]
    let seeds: [UInt64]
    /// 2^32 divided by the share: dividing by a share is multiplying by its pace.
    let paces: [UInt64]
    /// All have the same share: no weights have to be looked at.
    let isEven: Bool
    let totalShare: Int
    /// Turns of all members in one round, in the smallest numbers that keep the proportion.
    let turns: Int
    /// Where the turns of each member end.
    private let turnEnds: [Int]
    /// How far apart two turns in a row are, so that a heavy member's do not come in a row. Has no divisor in common with
    /// `turns`, so each comes once a round.
    let stride: Int

    var count: Int { places.count }

    init(_ availability: RoutingNode.Availability, _ places: [Int], _ nodes: [RoutingNode], _ shares: [Int]) {
        // A member without a weight comes last, but it comes.
        let shares = places.map { max(1, shares[$0]) }
        self.availability = availability
        self.places = places
        seeds = places.map { nodes[$0].seed }
        paces = shares.map { (1 << 32) / UInt64($0) }
        isEven = shares.allSatisfy { $0 == shares[0] }
        totalShare = shares.reduce(0, +)
        let unit = shares.reduce(0, Self.commonDivisor)
        let turns = totalShare / unit
        self.turns = turns
        var end = 0
        turnEnds = shares.map {
            end += $0 / unit
            return end
        }
        // By the golden section consecutive turns lie as far apart as can be (Knuth, volume 3, section 6.4).
        var stride = isEven ? 1 : max(1, turns * 618 / 1000)
        while Self.commonDivisor(stride, turns) != 1 { stride += 1 }
        self.stride = stride
    }

    /// The member whose turn it is, as a place in this tier.
    func member(atTurn turn: Int) -> Int {
        guard turns != count else { return turn }
        var (low, high) = (0, count - 1)
        while low < high {
            let middle = (low + high) / 2
            if turnEnds[middle] <= turn { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The turn that a draw names, each as likely.
    func turn(_ draw: UInt64) -> Int { Int(draw.multipliedFullWidth(by: UInt64(turns)).high) }

    private static func commonDivisor(_ left: Int, _ right: Int) -> Int {
        right == 0 ? left : commonDivisor(right, left % right)
    }
}
