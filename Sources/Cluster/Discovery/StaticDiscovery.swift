// SPDX-License-Identifier: Apache-2.0

/// One address that is given and does not change. A host name is looked up whenever a connection is made.
package struct StaticDiscovery: MemberDiscovery {
    package static let scheme = "static"
    package static let form = "HOST:PORT"

    private let place: HostAndPort

    package init(_ text: Substring, resolver: DNSResolver) throws(DiscoveryError) {
        guard let place = HostAndPort(text) else { throw .malformed }
        self.place = place
    }

    package func look() async throws(DiscoveryError) -> DiscoveredAddresses {
        DiscoveredAddresses([place.description])
    }
}
