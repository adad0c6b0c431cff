// SPDX-License-Identifier: Apache-2.0

/// Each request to any node.
package struct RandomPolicy: RoutingPolicy {
    package static let name = "random"
    package static let key = AffinityKeySource.none

    package init() {}

    package func rank(_ key: AffinityKey, _ table: RoutingTable, load: (Int) -> Int, into list: inout CandidateList) {
        Rendezvous.rank(UInt64.random(in: .min ... .max), table, into: &list)
    }
}
