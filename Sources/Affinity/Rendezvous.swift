// SPDX-License-Identifier: Apache-2.0

/// Rendezvous hashing (Thaler, Ravishankar: "A name-based mapping scheme for rendezvous", 1996): each member gets a weight
/// from key and id, the highest wins. When a member joins or leaves, no key moves between those that stay.
package enum Rendezvous {
    /// The weight of a member for a key. Integer arithmetic only, so that every machine agrees.
    @inline(__always)
    package static func weight(_ key: UInt64, _ node: RoutingNode) -> UInt64 { StableHash.mix(key ^ node.seed) }

    /// Fills the list with all members, the highest weight first; equal weights by id, which is the table's order.
    package static func rank(_ key: UInt64, _ table: RoutingTable, into list: inout CandidateList) {
        for index in table.nodes.indices { list.append(index) }
        table.nodes.withUnsafeBufferPointer { nodes in
            list.sort { left, right in
                let (leftWeight, rightWeight) = (weight(key, nodes[left]), weight(key, nodes[right]))
                return leftWeight == rightWeight ? left < right : leftWeight > rightWeight
            }
        }
        list.demoteUnavailable(table)
    }
}

extension Rendezvous {
    /// The order for a policy with a key: the first is the owner. Without a key the least loaded goes first, and nobody owns
    /// anything.
    package static func rank(
        _ key: AffinityKey, _ table: RoutingTable, load: (Int) -> Int, into list: inout CandidateList
    ) {
        guard let hash = key.hash else {
            return LeastLoaded.rank(table, tieBreak: UInt64.random(in: .min ... .max), load: load, into: &list)
        }
        rank(hash, table, into: &list)
        list.isOwner = true
    }
}

/// The order for requests without a key: the least loaded first, ties by a number that differs from request to request.
package enum LeastLoaded {
    package static func rank(
        _ table: RoutingTable, tieBreak: UInt64, load: (Int) -> Int, into list: inout CandidateList
    ) {
        for index in table.nodes.indices { list.append(index) }
        list.sort { left, right in
            let (leftLoad, rightLoad) = (load(left), load(right))
            guard leftLoad == rightLoad else { return leftLoad < rightLoad }
            return Rendezvous.weight(tieBreak, table.nodes[left]) > Rendezvous.weight(tieBreak, table.nodes[right])
        }
        list.demoteUnavailable(table)
    }
}
