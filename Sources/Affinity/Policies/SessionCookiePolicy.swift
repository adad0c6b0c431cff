// SPDX-License-Identifier: Apache-2.0

/// One reader, one node: what load balancers call sticky sessions. Rendezvous hashing over a cookie, so that routers agree
/// with no shared table.
package struct SessionCookiePolicy: RoutingPolicy {
    package static let name = "session-cookie"
    package static let key = AffinityKeySource.sessionCookie

    package init() {}

    package func rank(
        _ request: RoutingRequest, _ table: RoutingTable, load: (Int) -> Int, into list: inout CandidateList
    ) {
        Rendezvous.rank(request, table, load: load, into: &list)
    }
}
