// SPDX-License-Identifier: Apache-2.0

/// The members in the order in which a request may try them, as places in a `RoutingTable`, each once. It ends at its depth,
/// or with the last member: nobody tries a thousand. Reused from request to request, so that routing allocates nothing.
package struct CandidateList: Sendable {
    package private(set) var indices: [Int] = []
    /// Of those in `indices`; the higher goes first.
    private var ratings: [Rating] = []
    package let depth: Int
    /// Whether the first candidate is the one that affinity names; false for a spill and where there is no affinity.
    package var isOwner = false

    package init(depth: Int = .max) {
        self.depth = max(1, depth)
        indices.reserveCapacity(min(self.depth, 16))
        ratings.reserveCapacity(min(self.depth, 16))
    }

    struct Rating {
        var value: UInt64
        var tieBreak: UInt64 = 0

        @inline(__always)
        static func > (left: Self, right: Self) -> Bool {
            left.value != right.value ? left.value > right.value : left.tieBreak > right.tieBreak
        }
    }

    package mutating func reset() {
        indices.removeAll(keepingCapacity: true)
        ratings.removeAll(keepingCapacity: true)
        isOwner = false
    }

    var isFull: Bool { indices.count >= depth }

    /// Takes a member in behind the others, if it is not in the list.
    mutating func append(_ index: Int) {
        guard !isFull, !indices.contains(index) else { return }
        indices.append(index)
        ratings.append(Rating(value: 0))
    }

    /// Takes a member in where its rating belongs among those from `start` on; of equal ones the first to come stays first.
    /// What then lies behind the depth is dropped.
    mutating func insert(_ index: Int, _ rating: Rating, from start: Int) {
        var place = indices.count
        while place > start, rating > ratings[place - 1] { place -= 1 }
        if isFull {
            guard place < depth else { return }
            indices.removeLast()
            ratings.removeLast()
        }
        indices.insert(index, at: place)
        ratings.insert(rating, at: place)
    }

    /// What a member's rating must exceed to get in; nil while any does.
    var least: UInt64? { isFull ? ratings[ratings.count - 1].value : nil }

    /// Moves the candidate at `place` to the front; the others keep their order.
    mutating func promote(_ place: Int) {
        guard place > 0 else { return }
        let index = indices.remove(at: place)
        indices.insert(index, at: 0)
    }
}
