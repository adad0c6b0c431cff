// SPDX-License-Identifier: Apache-2.0

/// What a request is routed by.
package struct AffinityKey: Sendable, Hashable {
    /// Nil where the request has none: it must not hash to a constant, which would pin all such requests to one node.
    package let hash: UInt64?

    package init(_ bytes: some Sequence<UInt8>) { hash = StableHash.hash(bytes) }
    package init(hash: UInt64) { self.hash = hash }
    private init() { hash = nil }

    package static let none = AffinityKey()
}

/// What a policy is told of a request.
package struct RoutingRequest: Sendable {
    package var key: AffinityKey
    /// How much work it is, in the unit of a member's load: a small tile is one.
    package var cost: Int
    /// A number that differs from request to request, for whatever is left to chance: policies draw none, so that they stay
    /// functions of what they are told.
    package var draw: UInt64

    package init(_ key: AffinityKey, cost: Int = 1, draw: UInt64 = 0) {
        self.key = key
        self.cost = cost
        self.draw = draw
    }
}

/// Draws of one connection or thread (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014): the
/// system's would cost a call of the kernel for each request.
package struct RoutingDraws: Sendable {
    private var state: UInt64

    package init(seed: UInt64 = .random(in: .min ... .max)) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return StableHash.mix(state)
    }
}
