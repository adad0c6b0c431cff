// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import NIOHTTP1
import Testing

/// Wrong requests, damaged documents and files that change: a clear problem, and nothing else is disturbed.
@Suite(.serialized)
struct BadInputTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var path: String
        var status: Int
        var type: String
        var testDescription: String { path }
    }

    static let cases: [Case] = [
        Case(path: "/iiif/none.pdf/1/full/max/0/default.png", status: 404, type: "no-such-document"),
        Case(path: "/documents/none.pdf/structure", status: 404, type: "no-such-document"),
        Case(path: "/iiif/ten-pages.pdf/0/full/max/0/default.png", status: 404, type: "no-such-page"),
        Case(path: "/iiif/ten-pages.pdf/11/full/max/0/default.png", status: 404, type: "no-such-page"),
        Case(path: "/iiif/ten-pages.pdf/x/info.json", status: 404, type: "no-such-page"),
        Case(path: "/iiif/ten-pages.pdf/99999999999999999999/info.json", status: 404, type: "no-such-page"),
        Case(path: "/iiif/ten-pages.pdf/2/junk/max/0/default.png", status: 400, type: "malformed-image-request"),
        Case(path: "/iiif/ten-pages.pdf/2/full/full/0/default.png", status: 400, type: "malformed-image-request"),
        Case(path: "/iiif/ten-pages.pdf/2/full/max/x/default.png", status: 400, type: "malformed-image-request"),
        Case(path: "/iiif/ten-pages.pdf/2/full/max/0/best.png", status: 400, type: "malformed-image-request"),
        Case(path: "/iiif/ten-pages.pdf/2/full/max/0/default.exe", status: 400, type: "malformed-image-request"),
        Case(path: "/iiif/ten-pages.pdf/2/99999,0,5,5/max/0/default.png", status: 400, type: "region-outside"),
        Case(path: "/iiif/ten-pages.pdf/2/full/90000,/0/default.png", status: 400, type: "enlargement"),
        Case(path: "/iiif/ten-pages.pdf/2/full/%5E90000,/0/default.png", status: 413, type: "too-many-pixels"),
        Case(path: "/iiif/huge-page.pdf/1/full/57600,/0/default.png", status: 413, type: "too-many-pixels"),
        Case(path: "/iiif/not-a-pdf.pdf/1/info.json", status: 415, type: "format-unknown"),
        Case(path: "/documents/not-a-pdf.pdf/structure", status: 415, type: "format-unknown"),
        Case(path: "/iiif/truncated.pdf/1/info.json", status: 422, type: "damaged"),
        Case(path: "/iiif/zero-pages.pdf/1/info.json", status: 422, type: "damaged"),
        Case(path: "/documents/locked.pdf/structure", status: 422, type: "password-required"),
        Case(path: "/iiif/locked.pdf/1/info.json", status: 422, type: "password-required"),
        Case(path: "/iiif/..%2Fetc%2Fpasswd/1/info.json", status: 400, type: "malformed-document-id"),
        Case(path: "/iiif/%2e%2e%2fetc%2fpasswd/1/info.json", status: 400, type: "malformed-document-id"),
        Case(path: "/iiif/%2Fetc%2Fpasswd/1/info.json", status: 400, type: "malformed-document-id"),
        Case(path: "/documents/a%00b/structure", status: 400, type: "malformed-document-id"),
        // Decoded once: a name with percent signs in it, which does not exist.
        Case(path: "/iiif/%252e%252e%252fetc/1/info.json", status: 404, type: "no-such-document"),
        Case(path: "/documents/ten-pages.pdf/structure?width=0", status: 400, type: "malformed-query"),
        Case(path: "/documents/ten-pages.pdf/structure?from=12", status: 404, type: "no-such-page"),
        Case(path: "/documents?limit=0", status: 400, type: "malformed-query"),
        Case(path: "/nothing/here", status: 404, type: "not-found"),
    ]

    static let names = [
        "ten-pages.pdf", "huge-page.pdf", "not-a-pdf.pdf", "truncated.pdf", "zero-pages.pdf", "locked.pdf",
        "empty-password.pdf", "squares.pdf",
    ]

    @Test("wrong requests get a problem document that says what is wrong")
    func problems() async throws {
        let cluster = try RunningCluster(try Library(Self.names))
        for wrong in Self.cases {
            let answer = try await cluster.get(wrong.path)
            #expect(answer.status == wrong.status, "\(wrong.path)")
            #expect(answer.headers.first(name: "Content-Type") == "application/problem+json", "\(wrong.path)")
            #expect(answer.json("type", as: String.self) == "urn:recto:problem:\(wrong.type)", "\(wrong.path)")
            #expect(answer.json("title", as: String.self)?.isEmpty == false)
        }
        let past = try await cluster.get("/iiif/ten-pages.pdf/11/info.json")
        #expect(past.json("detail", as: String.self) == "Pages go from 1 to 10.")
        #expect(try await cluster.get("/documents/empty-password.pdf/structure").status == 200)
        // What no client library lets through.
        #expect(cluster.rawStatus("/documents/a%zz/structure") == 400)
        #expect(cluster.rawStatus("/iiif/../../etc/passwd") == 400)
        #expect(cluster.rawStatus("/iiif/a%/1/info.json") == 400)
        #expect(try await cluster.get("/iiif/ten-pages.pdf/2/full/100,/0/default.png").status == 200)
        cluster.stop()
    }

    @Test("names in NFC and NFD and names that are not UTF-8 are documents of their own")
    func names() async throws {
        let library = try Library()
        try library.copy("letter.pdf", as: "caf\u{E9}.pdf")
        try library.copy("ten-pages.pdf", as: "cafe\u{301}.pdf")
        let raw: [UInt8] = Array("\(library.path)/".utf8) + [0xFF, 0xFE] + Array(".pdf".utf8) + [0]
        let source = "\(Programs.fixtures)/rotated.pdf"
        let linked = raw.withUnsafeBufferPointer { path in
            path.withMemoryRebound(to: CChar.self) { target in target.baseAddress.map { symlink(source, $0) } ?? -1 }
        }
        #expect(linked == 0)
        let cluster = try RunningCluster(library)
        func pages(_ segment: String) async throws -> Int? {
            try await cluster.get("/documents/\(segment)/structure").events.last?["pages"] as? Int
        }
        #expect(try await pages("caf%C3%A9.pdf") == 1)
        #expect(try await pages("cafe%CC%81.pdf") == 10)
        // The link leads out of the archive.
        #expect(cluster.rawStatus("/documents/%FF%FE.pdf/structure") == 404)
        try FileManager.default.removeItem(atPath: "\(library.path)/cafe\u{301}.pdf")
        let copied = raw.withUnsafeBufferPointer { path in
            path.withMemoryRebound(to: CChar.self) { target -> Int32 in
                guard let name = target.baseAddress else { return -1 }
                unlink(name)
                return link("\(library.path)/caf\u{E9}.pdf", name)
            }
        }
        #expect(copied == 0)
        #expect(cluster.rawStatus("/documents/%FF%FE.pdf/structure") == 200)
        let listed = try await cluster.get("/documents").json("documents", as: [[String: Any]].self) ?? []
        #expect(Set(listed.compactMap { $0["path"] as? String }) == ["caf%C3%A9.pdf", "%FF%FE.pdf"])
        cluster.stop()
    }

    @Test("thousands of pipelined requests are answered one by one and exhaust no stack")
    func pipelining() async throws {
        let cluster = try RunningCluster(try Library(["letter.pdf"]), ["--nodes", "1"])
        let wrong = "GET /view/% HTTP/1.1\r\nHost: h\r\n\r\n"
        let right = "GET /documents HTTP/1.1\r\nHost: h\r\n\r\n"
        let last = "GET /healthz HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
        let many = String(repeating: wrong, count: 20_000)
        let answer = String(decoding: cluster.raw(many + right + many + last), as: UTF8.self)
        #expect(answer.split(separator: "HTTP/1.1 400 ").count >= 40_000)
        #expect(answer.hasSuffix("ok\n"))
        cluster.stop()
    }

    @Test("a raw caret in a URL is taken as its encoded form")
    func rawCaret() async throws {
        let cluster = try RunningCluster(try Library(["letter.pdf"]))
        #expect(cluster.rawStatus("/iiif/letter.pdf/1/0,0,64,64/^128,/0/default.png") == 200)
        #expect(cluster.rawStatus("/iiif/a^b|c\"<>{}.pdf/1/info.json") == 404)
        cluster.stop()
    }

    @Test("a strip that is enlarged and turned is refused, and kills no worker")
    func turnedStrip() async throws {
        let cluster = try RunningCluster(try Library(["ten-pages.pdf"]))
        let strip = try await cluster.get("/iiif/ten-pages.pdf/2/0,0,2000,120/%5Emax/45/default.png")
        #expect(strip.status == 413)
        #expect(try await cluster.get("/iiif/ten-pages.pdf/2/0,0,64,64/max/45/default.png").status == 200)
        cluster.stop()
    }

    @Test("a file from another century is a document like any other", arguments: [-10_000_000_000, 13_569_465_600])
    func strangeTimes(seconds: Int) async throws {
        let library = try Library(["letter.pdf"])
        var times = [timespec(tv_sec: seconds, tv_nsec: 0), timespec(tv_sec: seconds, tv_nsec: 0)]
        utimensat(AT_FDCWD, "\(library.path)/letter.pdf", &times, 0)
        let cluster = try RunningCluster(library)
        #expect(try await cluster.get("/documents/letter.pdf/structure").status == 200)
        #expect(try await cluster.get("/documents").status == 200)
        cluster.stop()
    }

    @Test("a client that offers another protocol is answered and then let go")
    func upgrade() async throws {
        let cluster = try RunningCluster(try Library(["letter.pdf"]))
        let answer = cluster.raw(
            "GET /documents HTTP/1.1\r\nHost: h\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: \r\n\r\n",
            patience: 3000)
        let text = String(decoding: answer, as: UTF8.self)
        #expect(text.hasPrefix("HTTP/1.1 200") && text.lowercased().contains("connection: close"))
        #expect(cluster.raw("CONNECT x:1 HTTP/1.1\r\nHost: x:1\r\n\r\n").starts(with: Array("HTTP/1.1 405".utf8)))
        cluster.stop()
    }

    @Test("a file that is replaced, cut or removed while it is read gives the new version, or 410, or 404")
    func changes() async throws {
        let library = try Library(["ten-pages.pdf"])
        let cluster = try RunningCluster(library, ["--nodes", "2", "--version-interval", "0"])
        func version() async throws -> String? {
            try await cluster.get("/documents/ten-pages.pdf/structure").events.first?["version"] as? String
        }
        func tile(_ reference: String, _ size: Int) async throws -> RunningCluster.Answer {
            try await cluster.get("/iiif/\(reference)/1/0,0,400,400/\(size),/0/default.png")
        }
        let first = try #require(try await version())
        let before = try await tile("ten-pages.pdf@\(first)", 100)
        #expect(before.status == 200)

        // Replaced in place: same inode, other bytes.
        try library.copy("squares.pdf", as: "ten-pages.pdf")
        let after = try await tile("ten-pages.pdf", 100)
        #expect(after.status == 200 && after.body != before.body)
        let second = try #require(try await version())
        #expect(second != first)
        #expect(try await tile("ten-pages.pdf@\(second)", 100).body == after.body)
        // The member that has heard of the change no longer gives out the old version.
        let old = try await tile("ten-pages.pdf@\(first)", 101)
        #expect(old.status == 410)
        #expect(old.json("type", as: String.self) == "urn:recto:problem:version-gone")

        // Cut while it is open.
        truncate("\(library.path)/ten-pages.pdf", 300)
        #expect(try await tile("ten-pages.pdf@\(second)", 102).status == 410)
        #expect(try await tile("ten-pages.pdf", 103).status == 422)
        unlink("\(library.path)/ten-pages.pdf")
        #expect(try await tile("ten-pages.pdf", 104).status == 404)

        // Nothing of that is held against the document.
        try library.copy("ten-pages.pdf")
        #expect(try await tile("ten-pages.pdf", 105).status == 200)
        cluster.stop()
    }
}
