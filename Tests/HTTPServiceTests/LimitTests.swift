// SPDX-License-Identifier: Apache-2.0

import HTTPService
import NIOCore
import NIOHTTP1
import Testing

/// What a server takes of its clients, and how they are told.
struct LimitTests {
    private static let host = "Host: h\r\n"

    private func server(_ limits: HTTPLimits) async throws -> HTTPServer {
        var configuration = HTTPServer.Configuration(host: "127.0.0.1", port: 0)
        configuration.limits = limits
        return try await HTTPServer.start(
            configuration,
            responder: HTTPHandler { request in
                request.path == "/large"
                    ? .now(HTTPAnswer(body: .bytes(ByteBuffer(repeating: 65, count: 64 << 20))))
                    : .now(.text("\(request.body.readableBytes)"))
            })
    }

    private func answer(_ text: String, _ limits: HTTPLimits) async throws -> String? {
        let server = try await server(limits)
        let connection = RawConnection(port: server.port)
        connection.send(text)
        let answer = try await connection.readToEnd()
        await server.shutDown()
        return answer
    }

    @Test("a head with too many bytes or too many fields is 431")
    func head() async throws {
        var limits = HTTPLimits()
        limits.head = 1000
        limits.fields = 10
        let long = "A: " + String(repeating: "a", count: 1001) + "\r\n"
        let many = (0..<11).map { "A\($0): b\r\n" }.joined()
        for fields in [long, many] {
            let answer = try #require(try await answer("GET / HTTP/1.1\r\n\(Self.host)\(fields)\r\n", limits))
            #expect(answer.hasPrefix("HTTP/1.1 431 ") && answer.contains("problem:head-too-large"))
        }
        let target = String(repeating: "a", count: 1001)
        let answer = try #require(try await answer("GET /\(target) HTTP/1.1\r\n\(Self.host)\r\n", limits))
        #expect(answer.hasPrefix("HTTP/1.1 431 "))
    }

    @Test("a body that says, or turns out, to be too large is 413")
    func body() async throws {
        var limits = HTTPLimits()
        limits.body = 10
        for rest in ["Content-Length: 11\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\nb\r\n01234567890\r\n0\r\n\r\n"] {
            let answer = try #require(try await answer("POST / HTTP/1.1\r\n\(Self.host)\(rest)", limits))
            #expect(answer.hasPrefix("HTTP/1.1 413 ") && answer.contains("Connection: close"))
        }
    }

    @Test(
        "a head or a body that does not come to its end in time is 408",
        arguments: ["GET / HT", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nab"])
    func slow(text: String) async throws {
        var limits = HTTPLimits()
        limits.headTime = .milliseconds(200)
        limits.bodyTime = .milliseconds(200)
        let answer = try #require(try await answer(text, limits))
        #expect(answer.hasPrefix("HTTP/1.1 408 ") && answer.contains("problem:request-timeout"))
    }

    @Test("a connection without a request is closed without a word, and so is one that takes nothing")
    func idle() async throws {
        var limits = HTTPLimits()
        limits.idle = .milliseconds(200)
        #expect(try await answer("", limits) == "")
        let server = try await server(limits)
        let stalled = RawConnection(port: server.port)
        stalled.send("GET /large HTTP/1.1\r\n\(Self.host)\r\n")
        // A connection that came and went between two looks is waited for in vain, which costs time and no more.
        for isOpen in [true, false] {
            let deadline = ContinuousClock.now + .seconds(20)
            while (server.openConnections > 0) != isOpen, ContinuousClock.now < deadline { await Task.yield() }
        }
        #expect(server.openConnections == 0)
        #expect(try #require(try await stalled.readToEnd()).utf8.count < 64 << 20)
        await server.shutDown()
    }

    @Test("a server that still sends is not quiet")
    func sending() async throws {
        let server = try await server(HTTPLimits())
        let stalled = RawConnection(port: server.port)
        stalled.send("GET /large HTTP/1.1\r\n\(Self.host)Connection: close\r\n\r\n")
        #expect(try await stalled.read(until: "\r\n\r\n").hasPrefix("HTTP/1.1 200 "))
        let wasQuiet = await server.isQuiet
        #expect(!wasQuiet)
        #expect(try #require(try await stalled.readToEnd()).utf8.count == 64 << 20)
        await server.shutDown()
    }

    @Test("one connection too many gets 503, and there is room again when another one has gone")
    func connections() async throws {
        var limits = HTTPLimits()
        limits.connections = 1
        let server = try await server(limits)
        let request = "GET / HTTP/1.1\r\n\(Self.host)\r\n"
        var first: RawConnection? = RawConnection(port: server.port)
        first?.send(request)
        #expect(try await first?.read(until: "\r\n\r\n0").hasPrefix("HTTP/1.1 200 ") == true)
        let second = RawConnection(port: server.port)
        let refused = try #require(try await second.readToEnd())
        #expect(refused.hasPrefix("HTTP/1.1 503 ") && refused.contains("Retry-After: 1"))
        first = nil
        while server.openConnections > 0 { await Task.yield() }
        let third = RawConnection(port: server.port)
        third.send(request)
        #expect(try await third.read(until: "\r\n\r\n0").hasPrefix("HTTP/1.1 200 "))
        await server.shutDown()
    }
}
