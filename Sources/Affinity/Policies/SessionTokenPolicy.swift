// SPDX-License-Identifier: Apache-2.0

/// One session, one node, for clients without cookies: the host application names the session in the address, a header or a
/// form field.
package struct SessionTokenPolicy: RoutingPolicy {
    package static let name = "session-token"
    package static let key = AffinityKeySource.sessionToken

    package init() {}

    package func rank(
        _ request: RoutingRequest, _ table: RoutingTable, load: (Int) -> Int, into list: inout CandidateList
    ) {
        Rendezvous.rank(request, table, load: load, into: &list)
    }
}
