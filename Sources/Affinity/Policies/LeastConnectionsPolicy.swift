// SPDX-License-Identifier: Apache-2.0

/// Each request to the node that works on the least, ties at random.
package struct LeastConnectionsPolicy: RoutingPolicy {
    package static let name = "least-connections"
    package static let key = AffinityKeySource.none

    package init() {}

    package func rank(
        _ request: RoutingRequest, _ table: RoutingTable, load: (Int) -> Int, into list: inout CandidateList
    ) {
        LeastLoaded.rank(request, table, load: load, into: &list)
    }
}
