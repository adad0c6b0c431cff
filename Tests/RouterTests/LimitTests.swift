// SPDX-License-Identifier: Apache-2.0

import Access
import AsyncHTTPClient
import Cluster
import HTTPService
import NIOCore
import NIOHTTP1
import Synchronization
import Testing

@testable import Router

/// What a client may not do for long, and what it must not do to others.
struct LimitTests {
    private static let tile = RunningRouter.tile
    private static let text: @Sendable (HTTPRequest) -> HTTPReply = { .now(.text("\($0.body.readableBytes)")) }
    private let head = "PUT \(RunningRouter.tile) HTTP/1.1\r\nHost: h\r\n"

    @Test("a head that does not come to its end is given up")
    func slowHead() async throws {
        let setting = try await RunningRouter.start(
            configure: { $0.headTimeout = .milliseconds(100) }, [("a", .node, Self.text)])
        #expect(try await setting.answers(to: "GET / HTTP/1.1\r\nHost: h\r\nX").statusCode == "408")
        await setting.stop()
    }

    @Test(
        "a body that does not come on is given up, and its member is told",
        arguments: ["Content-Length: 9", "Transfer-Encoding: chunked"])
    func slowBody(framing: String) async throws {
        let secret = ClusterSecret.random()
        let raw = try await RawMember.start("a", secret: secret) { _, _, _ in }
        let setting = try await RunningRouter.start(
            configure: { $0.progressTimeout = .milliseconds(100) }, members: [raw.member], secret: secret)
        #expect(try await setting.answers(to: head + "\(framing)\r\n\r\n1\r\n").statusCode == "408")
        while raw.closed < raw.connections { await Task.yield() }
        await setting.stop()
        await raw.stop()
    }

    @Test("a connection that nobody uses is closed")
    func idle() async throws {
        let asked = "GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n"
        for (time, request) in [(TimeAmount.milliseconds(200), ""), (.seconds(5), asked)] {
            let setting = try await RunningRouter.start(
                configure: { $0.idleTimeout = time }, [("a", .node, Self.text)])
            #expect(try await setting.answers(to: request).statusCode == (request.isEmpty ? "" : "200"))
            await setting.stop()
        }
    }

    @Test("a member that does not answer is given up after the time for it")
    func deadline() async throws {
        let secret = ClusterSecret.random()
        let raw = try await RawMember.start("a", secret: secret) { _, _, _ in }
        let setting = try await RunningRouter.start(
            configure: { $0.responseTimeout = .milliseconds(100) }, members: [raw.member], secret: secret)
        let client = try await setting.connect()
        client.send("GET \(Self.tile) HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(await client.answer().statusCode == "504")
        await client.close()
        await setting.stop()
        await raw.stop()
    }

    @Test("an answer of which the rest does not come is broken off")
    func silentStream() async throws {
        let secret = ClusterSecret.random()
        let raw = try await RawMember.start("a", secret: secret) { _, _, channel in
            channel.answer("HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\nbegun")
        }
        let setting = try await RunningRouter.start(
            configure: { $0.streamTimeout = .milliseconds(100) }, members: [raw.member], secret: secret)
        #expect(try await setting.answers(to: "GET \(Self.tile) HTTP/1.1\r\nHost: h\r\n\r\n").hasSuffix("begun"))
        await setting.stop()
        await raw.stop()
    }

    @Test("a client that takes nothing is dropped, and others do not notice")
    func slowReader() async throws {
        let ended = Mutex(false)
        let long: @Sendable (HTTPRequest) -> HTTPReply = { request in
            guard request.target.contains("/long/") else { return Self.text(request) }
            return .now(
                HTTPAnswer(
                    body: .stream { writer in
                        defer { ended.withLock { $0 = true } }
                        while true { try await writer.write([UInt8](repeating: 7, count: 65_536)) }
                    }))
        }
        let setting = try await RunningRouter.start(
            configure: { $0.progressTimeout = .milliseconds(300) }, [("a", .node, long)])
        let slow = try await RawClient.connect(setting.router.port, receiveBuffer: 4096)
        try await slow.stopReading()
        slow.send("GET /iiif/long/2/info.json HTTP/1.1\r\nHost: h\r\n\r\n")
        while !ended.withLock({ $0 }) { #expect(try await setting.get(Self.tile).status == .ok) }
        await slow.close()
        await setting.stop()
    }

    @Test("a client that sends requests ahead without end and reads no answer is not read from")
    func aheadWithoutReading() async throws {
        let setting = try await RunningRouter.start([("a", .node, Self.text)])
        let client = try await RawClient.connect(setting.router.port, receiveBuffer: 4096)
        try await client.stopReading()
        let request = Array("GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n".utf8)
        let piece = [[UInt8]](repeating: request, count: 2000).flatMap { $0 }
        let written = Atomic<Int>(0)
        let total = 60 << 20
        for _ in 0..<total / piece.count {
            client.write(piece).whenSuccess { written.add(piece.count, ordering: .relaxed) }
        }
        #expect(await settled(written) < total / 2)
        await client.close()
        await setting.stop()
    }

    @Test("a member that does not take a body is given up after the time for an answer")
    func deafMember() async throws {
        let secret = ClusterSecret.random()
        let deaf = try await RawMember.start("a", secret: secret, reads: false) { _, _, _ in }
        let setting = try await RunningRouter.start(
            configure: { $0.responseTimeout = .milliseconds(500) }, members: [deaf.member], secret: secret)
        let client = try await setting.connect()
        let total = 60 << 20
        client.send(head + "Content-Length: \(total)\r\n\r\n")
        let written = client.write([UInt8](repeating: 1, count: total))
        #expect(await client.answer().statusCode == "504")
        await client.close()
        _ = try? await written.get()
        await setting.stop()
        await deaf.stop()
    }

    /// The value once it does not change any more: what is under way then lies in the systems' buffers.
    private func settled(_ value: borrowing Atomic<Int>) async -> Int {
        var (last, unchanged) = (-1, 0)
        while unchanged < 2000 {
            let now = value.load(ordering: .relaxed)
            unchanged = now == last ? unchanged + 1 : 0
            last = now
            await Task.yield()
        }
        return last
    }

    @Test("connections beyond the limit are told so, of one client and in all", arguments: [true, false])
    func connections(perClient: Bool) async throws {
        let setting = try await RunningRouter.start(
            configure: { configuration in
                if perClient { configuration.mostConnectionsPerClient = 2 } else { configuration.mostConnections = 2 }
            }, [("a", .node, Self.text)])
        let request = "GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n"
        let (first, second) = (try await setting.connect(), try await setting.connect())
        for client in [first, second] {
            client.send(request)
            #expect(await client.answer().statusCode == "200")
        }
        let refused = try await setting.answers(to: request)
        #expect(refused.statusCode == "503" && refused.contains("Retry-After"))
        await first.close()
        // Its place is free again.
        var status = ""
        while status != "200" {
            let client = try await setting.connect()
            client.send(request)
            status = await client.answer().statusCode
            await client.close()
        }
        await second.close()
        await setting.stop()
    }

    @Test("a long body passes through whole, and a member that does not read holds its sender back")
    func bodies() async throws {
        let setting = try await RunningRouter.start([("a", .node, Self.text)])
        let client = try await setting.connect()
        let size = 8 << 20
        client.send(head + "Content-Length: \(size)\r\n\r\n")
        try await client.send([UInt8](repeating: 1, count: size))
        #expect(await client.answer().hasSuffix("\(size)"))
        await client.close()
        await setting.stop()

        let secret = ClusterSecret.random()
        let deaf = try await RawMember.start("a", secret: secret, reads: false) { _, _, _ in }
        let held = try await RunningRouter.start(members: [deaf.member], secret: secret)
        let sender = try await held.connect()
        let total = 60 << 20
        sender.send(head + "Content-Length: \(total)\r\n\r\n")
        let written = Atomic<Int>(0)
        let piece = [UInt8](repeating: 1, count: 64 << 10)
        for _ in 0..<total / piece.count {
            sender.write(piece).whenSuccess { written.add(piece.count, ordering: .relaxed) }
        }
        #expect(await settled(written) < total / 2)
        await sender.close()
        await held.stop()
        await deaf.stop()
    }
}
