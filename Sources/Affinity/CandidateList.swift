// SPDX-License-Identifier: Apache-2.0

/// The members in the order in which a request may try them, as places in a `RoutingTable`, each once. It ends at its depth,
/// or with the last member: nobody tries a thousand. Reused from request to request, so that routing allocates nothing.
package struct CandidateList: Sendable {
    package private(set) var indices: [Int] = []
    package let depth: Int
    /// Whether the first candidate is the one that affinity names; false for a spill and where there is no affinity.
    package var isOwner = false
    /// Room for a selection.
    private var leaders: [Leader] = []

    package init(depth: Int = .max) {
        self.depth = max(1, depth)
        let usual = min(self.depth, 16)
        indices.reserveCapacity(usual)
        leaders = [Leader](repeating: Leader(index: 0, rating: 0, tieBreak: 0), count: usual)
    }

    package mutating func reset() {
        indices.removeAll(keepingCapacity: true)
        isOwner = false
    }

    var isFull: Bool { indices.count >= depth }

    /// Takes a member in behind the others, if it is not in the list.
    mutating func append(_ index: Int) {
        guard !isFull, !indices.contains(index) else { return }
        indices.append(index)
    }

    /// Takes in, behind the others, the best of so many members as there is room for.
    /// - Parameter rate: offers each of them to the selection.
    @inline(__always)
    mutating func appendBest(of members: Int, _ rate: (inout Selection) -> Void) {
        let room = min(depth - indices.count, members)
        guard room > 0 else { return }
        if leaders.count < room {
            leaders = [Leader](repeating: Leader(index: 0, rating: 0, tieBreak: 0), count: room)
        }
        leaders.withUnsafeMutableBufferPointer { leaders in
            var selection = Selection(leaders, room: room)
            rate(&selection)
            for place in 0..<selection.count { indices.append(leaders[place].index) }
        }
    }

    /// Moves the candidate at `place` to the front; the others keep their order.
    mutating func promote(_ place: Int) {
        guard place > 0 else { return }
        let index = indices[place]
        for behind in stride(from: place, to: 0, by: -1) { indices[behind] = indices[behind - 1] }
        indices[0] = index
    }
}

extension CandidateList {
    struct Leader: Sendable {
        var index: Int
        var rating: UInt64
        var tieBreak: UInt64
    }

    /// The best of those that were offered, the highest rating first; of equal ones the higher tie-break, then the first to
    /// come. Most members of a large cluster are turned away by one comparison, so that a look-up is one pass over them:
    /// of n members about d × ln(n / d) get in for a moment where d are wanted.
    struct Selection {
        private let leaders: UnsafeMutableBufferPointer<Leader>
        private let room: Int
        private(set) var count = 0
        /// What a rating must reach to get in.
        private(set) var least: UInt64 = 0

        init(_ leaders: UnsafeMutableBufferPointer<Leader>, room: Int) {
            self.leaders = leaders
            self.room = room
        }

        @inline(__always)
        mutating func offer(_ index: Int, _ rating: UInt64, tieBreak: @autoclosure () -> UInt64 = 0) {
            if rating >= least { insert(Leader(index: index, rating: rating, tieBreak: tieBreak())) }
        }

        private mutating func insert(_ new: Leader) {
            var place = count
            if count == room {
                guard Self.isBefore(new, leaders[count - 1]) else { return }
                place -= 1
            } else {
                count += 1
            }
            while place > 0, Self.isBefore(new, leaders[place - 1]) {
                leaders[place] = leaders[place - 1]
                place -= 1
            }
            leaders[place] = new
            if count == room { least = leaders[count - 1].rating }
        }

        /// Members by their place in a tier become places in the table.
        mutating func translate(_ places: [Int]) {
            for place in 0..<count { leaders[place].index = places[leaders[place].index] }
        }

        @inline(__always)
        private static func isBefore(_ left: Leader, _ right: Leader) -> Bool {
            left.rating != right.rating ? left.rating > right.rating : left.tieBreak > right.tieBreak
        }
    }
}
