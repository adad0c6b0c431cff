// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Archive

struct OriginURLTests {
    @Test("an address is taken apart and put together again")
    func parts() throws {
        let url = try #require(OriginURL("HTTPS://Docs.Example.org:8443/a/b?c#d"))
        #expect(url.scheme == .https && url.host == "docs.example.org" && url.port == 8443 && url.target == "/a/b?c")
        #expect(OriginURL("http://h")?.description == "http://h/")
        #expect(OriginURL("http://h:80/x")?.description == "http://h/x")
        #expect(OriginURL("http://[::1]:8080/x")?.description == "http://[::1]:8080/x")
    }

    @Test(
        "what could be read in two ways is no address",
        arguments: [
            "ftp://h/", "http:/h", "http://", "http://user@h/", "http://user:p@h/", "http://h\\@other/", "http://h h/",
            "http://[::1/", "http://[zz]/", "http://::1/", "http://h:0/", "http://h:99999/", "http://h:x/",
            "http://h%2fother/", "http://h\n/", "http://é/",
        ])
    func refused(text: String) { #expect(OriginURL(text) == nil) }

    @Test("a redirect leads where RFC 3986 says")
    func following() throws {
        let url = try #require(OriginURL("http://h/a/b?c"))
        #expect(url.following("/x?y")?.description == "http://h/x?y")
        #expect(url.following("x")?.description == "http://h/a/x")
        #expect(url.following("?z")?.description == "http://h/a/b?z")
        #expect(url.following("//other/x")?.description == "http://other/x")
        #expect(url.following("https://other/x")?.description == "https://other/x")
        #expect(url.following("file:///etc/passwd") == nil)
    }

    @Test("a redirect is followed only to the origin's own and to allowed hosts, and never off encryption")
    func redirects() throws {
        func url(_ text: String) throws -> OriginURL { try #require(OriginURL(text)) }
        let origin = try url("https://docs.example.org/")
        let rules = OriginRules(origin: origin, allowedHosts: ["cdn.example.org", "store.example.org:9000"])
        for allowed in [
            "https://docs.example.org/x", "https://cdn.example.org/x", "https://CDN.example.org:444/x",
            "https://store.example.org:9000/",
        ] {
            try rules.check(redirect: url(allowed), from: origin)
        }
        for refused in [
            "https://example.org/", "https://docs.example.org:444/", "https://store.example.org/",
            "http://docs.example.org/", "http://cdn.example.org/", "https://cdn.example.org.evil.test/",
        ] {
            #expect(throws: ArchiveError.self) { try rules.check(redirect: url(refused), from: origin) }
        }
        let plain = try url("http://docs.example.org/")
        try OriginRules(origin: plain).check(redirect: origin, from: plain)
    }
}
