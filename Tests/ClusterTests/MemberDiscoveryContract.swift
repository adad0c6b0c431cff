// SPDX-License-Identifier: Apache-2.0

import Cluster
import NameServer
import Testing

/// What every discovery must do. A new one needs a line in `specimens`.
struct MemberDiscoveryContract {
    /// What finds two members at 127.0.0.1:7001 and 127.0.0.1:7002, or the one of them that it can.
    private static let specimens: [String: (text: String, finds: Set<String>)] = [
        "static": ("127.0.0.1:7001", ["127.0.0.1:7001"]),
        "dns": ("members.test:7001", ["127.0.0.1:7001", "127.0.0.2:7001", "[::1]:7001"]),
        "srv": ("_cluster._tcp.members.test", ["127.0.0.1:7001", "127.0.0.2:7002"]),
    ]

    private static let records = [
        "--host-record=members.test,127.0.0.1", "--host-record=members.test,127.0.0.2",
        "--host-record=members.test,::1",
        "--host-record=node-0.members.test,127.0.0.1", "--host-record=node-1.members.test,127.0.0.2",
        "--srv-host=_cluster._tcp.members.test,node-0.members.test,7001",
        "--srv-host=_cluster._tcp.members.test,node-1.members.test,7002",
        // Named before it has an address, as a pod that is about to start.
        "--srv-host=_cluster._tcp.members.test,node-2.members.test,7003",
    ]

    @Test("every discovery in the registry is tried here")
    func complete() {
        #expect(Set(Discoveries.all.map { $0.scheme }) == Set(Self.specimens.keys))
        #expect(Set(Discoveries.all.map { $0.scheme }).count == Discoveries.all.count)
    }

    @Test("it finds the cluster ports of members", arguments: Discoveries.all.map { $0.scheme })
    func finds(scheme: String) async throws {
        let specimen = try #require(Self.specimens[scheme])
        let server = try await DNSServer(Self.records)
        let discovery = try Discoveries.named(
            "\(scheme):\(specimen.text)", resolver: DNSResolver(server: server.place))
        let found = try await discovery.look()
        #expect(found.addresses == specimen.finds)
        if let validFor = found.validFor { #expect((Duration.zero ... .seconds(1)).contains(validFor)) }
        server.stop()
    }

    @Test("what is malformed is refused before anybody is asked", arguments: Discoveries.all.map { $0.scheme })
    func malformed(scheme: String) {
        for text in ["", "host", "host:", "host:0", "host:65536", ":80", "host:x"] {
            #expect(throws: DiscoveryError.malformed) {
                _ = try Discoveries.named("\(scheme):\(text)", resolver: DNSResolver())
            }
        }
    }

    @Test("an unknown scheme is refused", arguments: ["", "consul:x", "dns", "http://host:1"])
    func unknown(text: String) {
        #expect(throws: DiscoveryError.malformed) { _ = try Discoveries.named(text, resolver: DNSResolver()) }
    }

    @Test(
        "a name that is not there and a server that is not there are told apart",
        arguments: [
            "dns:nobody.test:7001", "srv:_cluster._tcp.nobody.test",
        ])
    func failures(text: String) async throws {
        let server = try await DNSServer(Self.records)
        let discovery = try Discoveries.named(text, resolver: DNSResolver(server: server.place))
        await #expect(throws: DiscoveryError.notFound) { _ = try await discovery.look() }
        server.stop()
        await #expect(throws: DiscoveryError.failed) { _ = try await discovery.look() }
    }
}
