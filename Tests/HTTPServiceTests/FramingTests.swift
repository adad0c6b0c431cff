// SPDX-License-Identifier: Apache-2.0

import HTTPService
import NIOCore
import NIOHTTP1
import Testing

/// Messages as they are on the wire: RFC 9112.
struct FramingTests {
    private func server(_ limits: HTTPLimits = HTTPLimits()) async throws -> HTTPServer {
        var configuration = HTTPServer.Configuration(host: "127.0.0.1", port: 0)
        configuration.limits = limits
        return try await HTTPServer.start(
            configuration,
            responder: HTTPHandler { request in
                switch request.path {
                case "/later": .later { .text("later \(request.body.readableBytes)") }
                case "/stream":
                    .now(
                        HTTPAnswer(
                            headers: ["Content-Type": "text/plain"],
                            body: .stream { writer in
                                for piece in ["one", "two"] { try await writer.write(Array(piece.utf8)) }
                            }))
                case "/measured": .now(Self.measured(pieces: request.query("pieces") ?? ""))
                case "/split": .now(HTTPAnswer(headers: ["X-Value": "a\r\nX-Other: b\u{7}"]))
                default: .now(.text("now \(request.target) \(request.body.readableBytes)"))
                }
            })
    }

    private static func measured(pieces: String) -> HTTPAnswer {
        HTTPAnswer(
            headers: ["Content-Length": "6"],
            body: .stream { writer in
                for piece in pieces.split(separator: ",") { try await writer.write(Array(piece.utf8)) }
            })
    }

    /// All that comes back for what is sent, up to the end of the connection.
    private func exchange(_ text: String, _ limits: HTTPLimits = HTTPLimits()) async throws -> String? {
        let server = try await server(limits)
        let connection = RawConnection(port: server.port)
        connection.send(text)
        let answer = try await connection.readToEnd()
        await server.shutDown()
        return answer
    }

    private static let host = "Host: h\r\n"

    @Test(
        "a message whose length can be understood in two ways is 400, and the connection closes",
        arguments: [
            "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "Content-Length: 3\r\nContent-Length: 3\r\n",
            "Content-Length: 3\r\nContent-Length: 4\r\n", "Content-Length: +3\r\n", "Content-Length: -3\r\n",
            "Content-Length: 3, 3\r\n", "Content-Length: 0x3\r\n", "Content-Length: \r\n",
            "Transfer-Encoding: chunked, identity\r\n", "Transfer-Encoding: xchunked\r\n",
            "Transfer-Encoding: identity\r\n", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
            "Transfer-Encoding : chunked\r\n", " Transfer-Encoding: chunked\r\n", "A: b\r\n c\r\n", "A: b\r\n\tc\r\n",
            "A\u{0}: b\r\n", "A: \u{0}b\r\n", "A: b\rc\r\n", "Host: other\r\n", ": b\r\n", "Content-Length: 3\n",
        ])
    func ambiguous(fields: String) async throws {
        let answer = try #require(
            try await exchange("POST /a HTTP/1.1\r\n\(Self.host)\(fields)\r\nabcGET /b HTTP/1.1\r\n\(Self.host)\r\n"))
        #expect(answer.hasPrefix("HTTP/1.1 400 "), "\(answer)")
        #expect(answer.contains("\r\nConnection: close\r\n"))
        #expect(answer.contains("urn:recto:problem:malformed-request"))
        #expect(!answer.contains("now /"))
    }

    @Test(
        "what is not HTTP is 400 and a problem document",
        arguments: [
            "nonsense\r\n\r\n", "GET / HTTP/1.1\r\n\r\n",
            "GET / HTTP/3.0\r\nHost: h\r\n\r\n", "GET /\u{0} HTTP/1.1\r\nHost: h\r\n\r\n",
            "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        ])
    func malformed(text: String) async throws {
        let answer = try #require(try await exchange(text))
        #expect(answer.hasPrefix("HTTP/1.1 400 "), "\(answer)")
        #expect(answer.contains("Content-Type: application/problem+json"))
    }

    @Test("requests that came before one that is malformed are answered first")
    func pipelinedThenMalformed() async throws {
        let answer = try #require(
            try await exchange("GET /later HTTP/1.1\r\n\(Self.host)\r\nGET /b HTTP/1.1\r\n\(Self.host)\r\nbad\r\n\r\n"))
        let places = ["later 0", "now /b 0", "400 Bad Request"].map { answer.ranges(of: $0).first?.lowerBound }
        #expect(places.allSatisfy { $0 != nil } && places.compactMap(\.self) == places.compactMap(\.self).sorted())
    }

    @Test("thousands of requests sent at once are answered in their order")
    func pipelined() async throws {
        let count = 3000
        let requests = (0..<count).map { "GET /\($0) HTTP/1.1\r\n\(Self.host)\r\n" }.joined()
        let last = "GET /last HTTP/1.1\r\n\(Self.host)Connection: close\r\n\r\n"
        let answer = try #require(try await exchange(requests + last))
        let numbers = answer.matches(of: #/now /(\d+) 0/#).compactMap { Int($0.1) }
        #expect(numbers == Array(0..<count))
        #expect(answer.hasSuffix("now /last 0"))
    }

    @Test("a client that has closed its side still gets its answers", arguments: ["/now", "/later", "/stream"])
    func halfClosed(path: String) async throws {
        let server = try await server()
        let connection = RawConnection(port: server.port)
        connection.send("GET \(path) HTTP/1.1\r\n\(Self.host)\r\nGET /second HTTP/1.1\r\n\(Self.host)\r\n")
        connection.endSending()
        let answer = try #require(try await connection.readToEnd())
        #expect(answer.contains(path == "/stream" ? "two" : "\(path.dropFirst()) "))
        #expect(answer.contains("now /second 0"))
        await server.shutDown()
    }

    @Test("HEAD of a stream has its fields, no length and no body, and the connection goes on")
    func headOfStream() async throws {
        let answer = try #require(
            try await exchange(
                "HEAD /stream HTTP/1.1\r\n\(Self.host)\r\nGET / HTTP/1.1\r\n\(Self.host)Connection: close\r\n\r\n"))
        let head = answer.split(separator: "\r\n\r\n")[0]
        #expect(head.hasPrefix("HTTP/1.1 200 ") && head.contains("Content-Type: text/plain"))
        #expect(!head.contains("Content-Length") && !head.contains("Transfer-Encoding"))
        #expect(!answer.contains("one") && answer.hasSuffix("now / 0"))
    }

    @Test("a stream is in chunks for HTTP/1.1, and ends with the connection for HTTP/1.0")
    func streams() async throws {
        let new = try #require(
            try await exchange("GET /stream HTTP/1.1\r\n\(Self.host)Connection: close\r\n\r\n"))
        #expect(
            new.contains("Transfer-Encoding: chunked") && new.hasSuffix("\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n"))
        let old = try #require(try await exchange("GET /stream HTTP/1.0\r\n\r\n"))
        #expect(!old.contains("chunked") && old.hasSuffix("\r\n\r\nonetwo"))
    }

    @Test("a stream whose length is announced is sent as it is, and the connection goes on")
    func measured() async throws {
        let next = "GET / HTTP/1.1\r\n\(Self.host)Connection: close\r\n\r\n"
        let answer = try #require(
            try await exchange("GET /measured?pieces=one,two HTTP/1.1\r\n\(Self.host)\r\n" + next))
        #expect(answer.contains("Content-Length: 6\r\n") && answer.contains("\r\n\r\nonetwoHTTP/1.1 200"))
        #expect(!answer.contains("chunked") && answer.hasSuffix("now / 0"))
        let head = try #require(try await exchange("HEAD /measured HTTP/1.1\r\n\(Self.host)\r\n" + next))
        #expect(head.contains("Content-Length: 6\r\n") && head.hasSuffix("now / 0"))
    }

    @Test("a stream of another length than was announced ends the connection", arguments: ["one", "one,twos"])
    func mismatched(pieces: String) async throws {
        let answer = try #require(
            try await exchange(
                "GET /measured?pieces=\(pieces) HTTP/1.1\r\n\(Self.host)\r\nGET / HTTP/1.1\r\n\(Self.host)\r\n"))
        #expect(!answer.contains("now /") && !answer.contains("onetwos"))
    }

    @Test("a value cannot end its field")
    func splitting() async throws {
        let answer = try #require(try await exchange("GET /split HTTP/1.1\r\n\(Self.host)Connection: close\r\n\r\n"))
        #expect(answer.contains("X-Value: a  X-Other: b \r\n"))
    }

    @Test("who asks whether to go on is told so, unless the body is too large")
    func continuation() async throws {
        let server = try await server()
        let connection = RawConnection(port: server.port)
        let post = "POST / HTTP/1.1\r\n\(Self.host)Expect: 100-continue\r\nConnection: close\r\n"
        connection.send(post + "Content-Length: 3\r\n\r\n")
        #expect(try await connection.read(until: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
        connection.send("abc")
        #expect(try await connection.readToEnd()?.hasSuffix("now / 3") == true)
        let refused = RawConnection(port: server.port)
        refused.send(post + "Content-Length: 3000000\r\n\r\n")
        #expect(try await refused.readToEnd()?.hasPrefix("HTTP/1.1 413 ") == true)
        await server.shutDown()
    }
}
