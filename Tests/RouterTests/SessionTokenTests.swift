// SPDX-License-Identifier: Apache-2.0

import Affinity
import HTTPFraming
import HTTPService
import NIOCore
import NIOHTTP1
import Testing

@testable import Router

struct SessionTokenTests {
    private static let form: HTTPHeaders = ["Content-Type": "application/x-www-form-urlencoded; charset=utf-8"]

    private func key(
        _ place: SessionToken.Place, _ target: String = "/", _ headers: HTTPHeaders = [:], body: String = ""
    ) -> AffinityKey {
        var head = "POST \(target) HTTP/1.1\r\nHost: x\r\nContent-Length: \(body.utf8.count)\r\n"
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        return Array((head + "\r\n").utf8).withUnsafeBytes { bytes in
            var scanner = HeadScanner(limits: HeadLimits(bytes: 1 << 20, fields: 100))
            #expect((try? scanner.request(bytes)) != nil)
            let source = ForwardedHeaders.Source(bytes: bytes, fields: scanner.fields)
            return SessionToken(place, "sid").key(target, source, form: ByteBuffer(string: body))
        }
    }

    @Test("a session has the same key in a path parameter, a query, a header and a form, encoded or not")
    func places() {
        let expected = AffinityKey("a+b/ü=1".utf8)
        for value in ["a+b%2F%C3%BC=1", "%61%2bb%2f%c3%bc%3D1"] {
            #expect(key(.path, "/iiif/a/2/x.png;v=1;sid=\(value);w=2?sid=other") == expected)
            #expect(key(.query, "/iiif/a/2/x.png;sid=other?q=1&sid=\(value)&z") == expected)
            #expect(key(.header, "/", ["SID": " \(value) "]) == expected)
            #expect(key(.form, "/", Self.form, body: "x=1&sid=\(value)&sid=other") == expected)
        }
        #expect(key(.query, "/?%73id=%61") == AffinityKey("a".utf8))
    }

    @Test("bytes that are not text, and percent signs that encode nothing, are hashed as they are")
    func bytes() {
        #expect(key(.query, "/?sid=%FF%00x") == AffinityKey([0xFF, 0, 0x78]))
        #expect(key(.query, "/?sid=%zz%4") == AffinityKey("%zz%4".utf8))
        #expect(key(.query, "/?sid=%2541") == AffinityKey("%41".utf8))
        // Equal to Unicode, but not the same bytes.
        #expect(key(.query, "/?sid=%C3%A9") != key(.query, "/?sid=e%CC%81"))
    }

    @Test("where there is no session there is no key")
    func none() {
        let targets = ["/", "/?sid=", "/?sid", "/?xsid=1", "/?sidx=1", "/;sid=1", "/a;sid=1/b?", "/?&&=&", "/?x=sid=1"]
        for target in targets { #expect(key(.query, target) == .none) }
        for target in ["/a", "/a;", "/a;sid", "/a;sid=", "/a;sid=1/b", "/a?;sid=1"] {
            #expect(key(.path, target) == .none)
        }
        #expect(key(.header) == .none)
        #expect(key(.header, "/", ["sid": "  "]) == .none)
        #expect(key(.form, "/", [:], body: "sid=1") == .none)
        #expect(key(.form, "/", ["Content-Type": "text/plain"], body: "sid=1") == .none)
        let long = "sid=1&x=" + String(repeating: "y", count: SessionToken.longestForm)
        #expect(key(.form, "/", Self.form, body: long) == .none)
    }

    @Test(
        "place and name are read from one text", arguments: ["path:sid", "query:s", "header:X-Session", "form:a.b_c"])
    func parsed(text: String) throws {
        let token = try #require(SessionToken(text))
        #expect("\(token.place.rawValue):\(token.name)" == text)
    }

    @Test(
        "what is no place with a name is refused", arguments: ["", "sid", "path:", "cookie:x", "query:a b", "form:ü"])
    func malformed(text: String) { #expect(SessionToken(text) == nil) }

    @Test("one session goes to one node, and the request arrives as it was sent")
    func forwarding() async throws {
        for (place, target, headers, body) in [
            (
                SessionToken.Place.path, "/iiif/DOC/2/full/max/0/default.png;x=%3b;sid=SID", HTTPHeaders(),
                nil as String?
            ),
            (.query, "/iiif/DOC/2/full/max/0/default.png?a=%20b&sid=SID", [:], nil),
            (.header, "/iiif/DOC/2/full/max/0/default.png", ["Sid": "SID"], nil),
            (.form, "/documents/DOC/search", Self.form, "sid=SID"),
        ] {
            let setting = try await Setting.start(nodes: 4, policies: RoutePolicies(SessionTokenPolicy.self)) {
                $0.sessionToken = SessionToken(place, "sid")
            }
            var nodes: [String: Set<String>] = [:]
            for session in ["one", "two", "three", "four", "five", "six"] {
                for document in 0..<4 {
                    func fill(_ text: String) -> String {
                        text.replacing("SID", with: session).replacing("DOC", with: "d\(document)")
                    }
                    let answer = try await setting.ask(
                        fill(target), method: body == nil ? .GET : .POST,
                        headers: HTTPHeaders(headers.map { ($0.name, fill($0.value)) }), body: body.map(fill))
                    nodes[session, default: []].insert(answer.member ?? "")
                    #expect(answer.text.split(separator: " ")[1] == fill(target))
                }
            }
            #expect(nodes.values.allSatisfy { $0.count == 1 })
            #expect(Set(nodes.values).count > 1)
            await setting.stop()
        }
    }
}
