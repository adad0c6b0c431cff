// SPDX-License-Identifier: Apache-2.0

/// All IPv4 and IPv6 addresses of a name, with one port: what Kubernetes answers for a headless Service, and Consul too.
package struct AddressDiscovery: MemberDiscovery {
    package static let scheme = "dns"
    package static let form = "NAME:PORT"

    private let place: HostAndPort
    private let resolver: DNSResolver

    package init(_ text: Substring, resolver: DNSResolver) throws(DiscoveryError) {
        guard let place = HostAndPort(text), !place.host.contains(":") else { throw .malformed }
        self.place = place
        self.resolver = resolver
    }

    package func look() async throws(DiscoveryError) -> DiscoveredAddresses {
        let found = try await resolver.addresses(of: place.host)
        let addresses = found.value.map { HostAndPort(host: $0, port: place.port).description }
        return DiscoveredAddresses(Set(addresses), validFor: found.validFor)
    }
}
