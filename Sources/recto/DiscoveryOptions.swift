// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Cluster

/// Where cluster ports of others are found.
struct DiscoveryOptions: ParsableArguments {
    @Option(help: "A source of cluster ports, \(Discoveries.forms); may be repeated.")
    var discover: [String] = Environment.list("discover")

    @Option(help: "ADDRESS:PORT of the DNS server that sources ask. Default: those of resolv.conf.")
    var dnsServer: String?

    private var chosenServer: String? { dnsServer ?? Environment.optional("dns-server") }

    func validate() throws {
        if let server = chosenServer {
            guard let place = HostAndPort(server), place.isAddress else {
                throw ValidationError("--dns-server is ADDRESS:PORT, the address an IP address.")
            }
        }
        _ = try sources()
    }

    /// The sources by name.
    func sources() throws -> [DiscoverySource] {
        let resolver = DNSResolver(server: chosenServer.flatMap { HostAndPort($0) })
        return try discover.map { text in
            do {
                return DiscoverySource(name: text, discovery: try Discoveries.named(text, resolver: resolver))
            } catch {
                throw ValidationError("“\(text)” is no source. There are: \(Discoveries.forms).")
            }
        }
    }
}
