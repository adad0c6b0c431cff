// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Archive

struct NetworkAddressTests {
    @Test(
        "addresses that not everybody could have are not public",
        arguments: [
            "0.0.0.0", "10.1.2.3", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.255.254", "169.254.169.254",
            "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.168.1.1", "198.18.0.1", "198.19.255.255",
            "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "::", "::1",
            "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:a9fe:a9fe", "::ffff:0:7f00:1",
            "64:ff9b::7f00:1", "64:ff9b::192.168.0.1", "64:ff9b:1::1", "2002:7f00:1::", "2002:c0a8:101::1", "2001::1",
            "2001:db8::1", "fc00::1", "fdff::1", "fe80::1", "febf::1", "fec0::1", "ff02::1", "100::1", "3fff::1",
            "5f00::1",
        ])
    func special(address: String) throws {
        let parsed = try #require(NetworkAddress(address))
        #expect(!parsed.isPublic)
    }

    @Test(
        "their neighbours are public",
        arguments: [
            "1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.1",
            "169.253.0.1", "169.255.0.1", "172.15.255.255", "172.32.0.0", "192.0.1.1", "192.167.255.255", "192.169.0.0",
            "198.17.255.255", "198.20.0.0", "223.255.255.255", "::ffff:1.1.1.1", "64:ff9b::101:101", "2002:101:101::1",
            "2606:4700::1111", "2a00::1", "2001:200::1",
        ])
    func ordinary(address: String) throws {
        let parsed = try #require(NetworkAddress(address))
        #expect(parsed.isPublic)
    }

    @Test(
        "the other notations of the loopback address are resolved to what they mean",
        arguments: ["127.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "017700000001", "localhost"])
    func notations(host: String) async throws {
        #expect(NetworkAddress(host) == nil)
        let addresses = try await SystemResolver().addresses(of: host)
        #expect(!addresses.isEmpty && addresses.allSatisfy { !$0.isPublic })
        let rules = OriginRules(origin: try #require(OriginURL("http://example.org/")))
        #expect(throws: ArchiveError.self) { _ = try rules.allowed(addresses, of: host) }
    }
}
