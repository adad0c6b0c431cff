// SPDX-License-Identifier: Apache-2.0

/// SRV records (RFC 2782): hosts under stable names, each with its port. Priorities and weights are not for us: all members
/// are wanted, and the policy weighs them.
package struct ServiceDiscovery: MemberDiscovery {
    package static let scheme = "srv"
    package static let form = "_cluster._tcp.NAME"

    private let name: String
    private let resolver: DNSResolver

    package init(_ text: Substring, resolver: DNSResolver) throws(DiscoveryError) {
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        guard labels.count >= 3, labels[0].hasPrefix("_"), ["_tcp", "_udp"].contains(labels[1]), !labels[2].isEmpty else {
            throw .malformed
        }
        name = String(text)
        self.resolver = resolver
    }

    package func look() async throws(DiscoveryError) -> DiscoveredAddresses {
        let found = try await resolver.services(of: name)
        var addresses: Set<String> = []
        var validFor = found.validFor
        for service in found.value {
            // Servers send the hosts' addresses along, where there is room.
            if !service.addresses.isEmpty {
                for host in service.addresses { addresses.insert("\(HostAndPort(host: host, port: service.port))") }
                continue
            }
            // A host that is just coming or going may have none: the others count all the same.
            guard let hosts = try? await resolver.addresses(of: service.host + ".") else { continue }
            for host in hosts.value { addresses.insert("\(HostAndPort(host: host, port: service.port))") }
            validFor = min(validFor, hosts.validFor)
        }
        return DiscoveredAddresses(addresses, validFor: validFor)
    }
}
