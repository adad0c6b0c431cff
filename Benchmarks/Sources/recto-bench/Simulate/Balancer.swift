// SPDX-License-Identifier: Apache-2.0

/// A way to choose a node for a key, built for the members of one moment. A member is a number, which it keeps for good.
protocol Balancer: AnyObject {
    /// - Parameters:
    ///   - key: the hash of the document.
    ///   - draw: a number of this request's own, for those that leave something to chance.
    ///   - loads: requests under way, by member.
    func choose(_ key: UInt64, _ draw: UInt64, _ loads: [Int]) -> Int
}

/// What is compared. All get the same hashes of keys and the same members; none is told more than another.
enum Balancers {
    struct Entry: Sendable {
        let name: String
        /// Whether a key has a member of its own, so that one can ask how many move.
        let isKeyed: Bool
        /// A policy of the product.
        var isOurs = false
        /// Only shown where look-ups and movement are compared.
        var isAlternative = false
        var weight: @Sendable (Int) -> Int = { _ in 1 }
        let make: @Sendable ([Int]) -> any Balancer
    }

    private static let unequal: @Sendable (Int) -> Int = { 1 + $0 % 4 }

    static let all: [Entry] = [
        Entry(name: "document", isKeyed: true, isOurs: true) { PolicyBalancer("document", $0) },
        Entry(name: "rendezvous, no bound", isKeyed: true, isOurs: true) { PolicyBalancer("session-token", $0) },
        Entry(name: "ring hash, 160 points", isKeyed: true) { RingHash($0) },
        Entry(name: "Maglev, 65537 entries", isKeyed: true) { Maglev($0) },
        Entry(name: "modulo", isKeyed: true) { Modulo($0) },
        Entry(name: "power-of-two", isKeyed: false, isOurs: true) { PolicyBalancer("power-of-two", $0) },
        Entry(name: "round-robin", isKeyed: false, isOurs: true) { PolicyBalancer("round-robin", $0) },
        Entry(name: "rendezvous, sorting all", isKeyed: true, isAlternative: true) { SortedRendezvous($0) },
        Entry(
            name: "rendezvous, unequal weights", isKeyed: true, isOurs: true, isAlternative: true, weight: unequal,
            make: { PolicyBalancer("session-token", $0, weight: unequal) }),
        Entry(name: "rendezvous over 65536 slots", isKeyed: true, isAlternative: true) { SlotTable($0) },
        Entry(name: "skeleton of 8 branches", isKeyed: true, isAlternative: true) { Skeleton($0) },
    ]
}
