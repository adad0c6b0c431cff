// SPDX-License-Identifier: Apache-2.0

/// A member of the cluster as routing sees it.
package struct RoutingNode: Sendable, Hashable {
    package enum Availability: Int, Sendable, Hashable, CaseIterable {
        case ready
        /// Still answers, but shall get nothing new.
        case draining
        /// Not ready yet, or believed dead: only where nobody else is left.
        case unlikely
    }

    /// Stable: a restarted node has the id it had.
    package let id: String
    package let availability: Availability
    /// The load that it carries without a reason to spill: what it finishes sooner than another node could open a document.
    package let floor: Int
    /// Its part of the keys relative to others, up to `heaviest`. With 0 it gets nothing, as one that drains.
    package let weight: Int
    /// Milliseconds since it became ready; nil where that does not count.
    package let age: Int?
    /// Of the id; odd, so that multiplying by it loses nothing.
    package let seed: UInt64

    package static let heaviest = 4096

    package init(id: String, availability: Availability = .ready, floor: Int = 8, weight: Int = 1, age: Int? = nil) {
        self.id = id
        self.availability = availability
        self.floor = floor
        self.weight = min(max(weight, 0), Self.heaviest)
        self.age = age
        seed = StableHash.hash(id.utf8) | 1
    }
}
