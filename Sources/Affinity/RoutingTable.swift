// SPDX-License-Identifier: Apache-2.0

/// A member of the cluster as routing sees it.
package struct RoutingNode: Sendable, Hashable {
    package enum Availability: Int, Sendable, Hashable, Comparable {
        case ready
        /// Still answers, but shall get nothing new.
        case draining
        /// Not ready yet, or believed dead: only where nobody else is left.
        case unlikely

        package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
    }

    /// Stable: a restarted node has the id it had.
    package let id: String
    package let availability: Availability
    /// The load that it carries without a reason to spill: what it finishes sooner than another node could open a document.
    package let floor: Int
    /// `StableHash` of the id.
    package let seed: UInt64

    package init(id: String, availability: Availability = .ready, floor: Int = 8) {
        self.id = id
        self.availability = availability
        self.floor = floor
        seed = StableHash.hash(id.utf8)
    }
}

/// The members at one moment, in the order of their ids. Policies refer to members by their place in it.
package struct RoutingTable: Sendable {
    package let nodes: [RoutingNode]
    /// Equal for routers that see the same members in the same state.
    package let fingerprint: UInt64

    package init(_ nodes: [RoutingNode]) {
        self.nodes = nodes.sorted { $0.id < $1.id }
        fingerprint = self.nodes.reduce(0) { StableHash.mix($0 ^ $1.seed &+ UInt64($1.availability.rawValue)) }
    }
}

/// What a request is routed by.
package struct AffinityKey: Sendable, Hashable {
    /// Nil where the request has none: it must not hash to a constant, which would pin all such requests to one node.
    package let hash: UInt64?

    package init(_ bytes: some Sequence<UInt8>) { hash = StableHash.hash(bytes) }
    private init() { hash = nil }

    package static let none = AffinityKey()
}

/// The members in the order in which a request may try them, as places in a `RoutingTable`. Complete and without
/// repetition. Reused from request to request, so that routing allocates nothing.
package struct CandidateList: Sendable {
    package private(set) var indices: [Int] = []
    /// Whether the first candidate is the one that affinity names; false for a spill and where there is no affinity.
    package var isOwner = false

    package init() {}

    package mutating func reset() {
        indices.removeAll(keepingCapacity: true)
        isOwner = false
    }

    package mutating func append(_ index: Int) { indices.append(index) }

    package mutating func sort(by areInOrder: (Int, Int) -> Bool) { indices.sort(by: areInOrder) }

    /// Moves the candidate at `place` to the front; the others keep their order.
    package mutating func promote(_ place: Int) {
        guard place > 0 else { return }
        let index = indices.remove(at: place)
        indices.insert(index, at: 0)
    }

    /// Puts members that are not ready behind those that are, stably.
    package mutating func demoteUnavailable(_ table: RoutingTable) {
        guard indices.contains(where: { table.nodes[$0].availability != .ready }) else { return }
        indices = RoutingNode.Availability.allCases.flatMap { availability in
            indices.filter { table.nodes[$0].availability == availability }
        }
    }
}

extension RoutingNode.Availability: CaseIterable {}
