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

/// What a client's connection does with one message and with several.
struct ConnectionTests {
    private static let tile = RunningRouter.tile
    private static let show: @Sendable (HTTPRequest) -> HTTPReply = { request in
        .now(.text("\(request.method.rawValue) \(request.target) \(request.body.readableBytes)"))
    }

    private func get(_ target: String = tile, _ version: String = "1.1", _ fields: String = "") -> String {
        "GET \(target) HTTP/\(version)\r\nHost: h\r\n\(fields)\r\n"
    }

    @Test(
        "a message that is not taken is answered with a problem and a closed connection, and no member sees it",
        arguments: [
            ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG", "400"),
            ("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: xchunked\r\n\r\n", "400"),
            ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: +1\r\n\r\na", "400"),
            ("GET / HTTP/1.1\r\nHost: h\nX: y\r\n\r\n", "400"), ("GET / HTTP/1.1\r\nHost: h\r\n X: y\r\n\r\n", "400"),
            ("GET / HTTP/1.1\r\nHost : h\r\n\r\n", "400"), ("GET / HTTP/1.1\r\n\r\n", "400"),
            ("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", "400"), ("GET / HTTP/1.1\r\nHost:\r\n\r\n", "400"),
            ("GET nowhere HTTP/1.1\r\nHost: h\r\n\r\n", "400"), ("\u{16}\u{3}\u{1}\u{2}\r\n", "400"),
            ("GET / HTTP/1.1\r\nHost: h\r\nX: \(String(repeating: "a", count: 20_000))\r\n\r\n", "431"),
            ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505"), ("CONNECT h:1 HTTP/1.1\r\nHost: h:1\r\n\r\n", "405"),
            ("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nExpect: more\r\n\r\na", "417"),
            ("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 1001\r\n\r\n", "413"),
            (
                "PUT \(tile) HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3E9\r\n\(String(repeating: "a", count: 1001))\r\n0\r\n\r\n",
                "413"
            ),
            ("PUT \(tile) HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\n\r\n", "400"),
        ])
    func refused(message: String, status: String) async throws {
        let seen = Mutex<[String]>([])
        let setting = try await RunningRouter.start(
            configure: { $0.bodyLimit = 1000 },
            [
                (
                    "a", .node,
                    { request in
                        seen.withLock { $0.append(request.target) }
                        return .now(.text("x"))
                    }
                )
            ])
        // What stands behind it must not be taken for a request.
        let answer = try await setting.answers(to: message + get("/smuggled"))
        #expect(answer.statusCode == status)
        #expect(answer.contains("application/problem+json") && answer.contains("Connection: close\r\n"))
        #expect(!answer.dropFirst(12).contains("HTTP/1.1 2"))
        #expect(seen.withLock { $0 } == [])
        await setting.stop()
    }

    @Test("requests sent ahead are answered in order, however many there are and whoever answers them")
    func pipelining() async throws {
        let setting = try await RunningRouter.start([("a", .node, Self.show)])
        let client = try await setting.connect()
        let count = 3000
        var text = ""
        for number in 0..<count {
            text += number % 3 == 0 ? get("/healthz") : get("/iiif/a.pdf/\(number + 2)/info.json")
        }
        client.send(text + get(Self.tile, "1.1", "Connection: close\r\n"))
        let answers = await client.rest()
        let bodies = answers.components(of: "HTTP/1.1 200 OK\r\n").map { $0.components(of: "\r\n\r\n").last ?? "" }
        #expect(bodies.count == count + 1)
        #expect(
            bodies.enumerated().allSatisfy { number, body in
                number == count
                    || (number % 3 == 0 ? body == "ok\n" : body == "GET /iiif/a.pdf/\(number + 2)/info.json 0")
            })
        await client.close()
        await setting.stop()
    }

    @Test("a request in single bytes is a request")
    func singleBytes() async throws {
        let setting = try await RunningRouter.start([("a", .node, Self.show)])
        let client = try await setting.connect()
        for byte
            in "PUT \(Self.tile) HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nT: x\r\n\r\n"
            .utf8
        {
            try await client.send([byte])
        }
        #expect(await client.answer().hasSuffix("PUT \(Self.tile) 3"))
        await client.close()
        await setting.stop()
    }

    @Test("HEAD has the length of what GET would have, and no body")
    func head() async throws {
        let setting = try await RunningRouter.start([("a", .node, Self.show)])
        let client = try await setting.connect()
        client.send(
            "HEAD \(Self.tile) HTTP/1.1\r\nHost: h\r\n\r\nHEAD /healthz HTTP/1.1\r\nHost: h\r\n\r\n"
                + get(Self.tile, "1.1", "Connection: close\r\n"))
        let answers = await client.rest().components(of: "HTTP/1.1 200 OK\r\n")
        #expect(answers.count == 3)
        #expect(
            answers.prefix(2).allSatisfy { $0.hasSuffix("\r\n\r\n") && $0.lowercased().contains("content-length: ") })
        await client.close()
        await setting.stop()
    }

    @Test("HTTP/1.0 closes behind the answer unless it is asked to keep the connection")
    func oldVersion() async throws {
        let long: @Sendable (HTTPRequest) -> HTTPReply = { request in
            request.target.contains("long")
                ? .now(HTTPAnswer(body: .stream { writer in for _ in 0..<3 { try await writer.write([0x61, 0x62]) } }))
                : Self.show(request)
        }
        let setting = try await RunningRouter.start([("a", .node, long)])
        let once = try await setting.answers(to: "GET \(Self.tile) HTTP/1.0\r\n\r\n")
        #expect(once.hasPrefix("HTTP/1.0 200") && once.contains("Connection: close"))
        let client = try await setting.connect()
        client.send("GET \(Self.tile) HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        #expect(await client.answer().contains("Connection: keep-alive"))
        // Chunks are not for HTTP/1.0: the end of the connection is the end of the answer.
        client.send("GET /iiif/long/2/info.json HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        let streamed = await client.rest()
        #expect(streamed.hasSuffix("\r\n\r\nababab") && streamed.contains("Connection: close"))
        #expect(!streamed.lowercased().contains("transfer-encoding"))
        await client.close()
        await setting.stop()
    }

    @Test("who waits for 100 Continue gets it, and who has sent the body already does not")
    func continues() async throws {
        let setting = try await RunningRouter.start([("a", .node, Self.show)])
        let client = try await setting.connect()
        let head = "PUT \(Self.tile) HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n"
        client.send(head)
        #expect(await client.take { $0.hasSuffix("\r\n\r\n") } == "HTTP/1.1 100 Continue\r\n\r\n")
        client.send("abc")
        #expect(await client.answer().hasSuffix("PUT \(Self.tile) 3"))
        client.send(head + "abc")
        let second = await client.answer()
        #expect(second.hasPrefix("HTTP/1.1 200") && second.hasSuffix("PUT \(Self.tile) 3"))
        await client.close()
        await setting.stop()
    }

    @Test("chunks pass in both directions, and the connection serves on")
    func chunks() async throws {
        let echo: @Sendable (HTTPRequest) -> HTTPReply = { request in
            let body = request.body
            return .now(
                HTTPAnswer(
                    body: .stream { writer in
                        try await writer.write(body)
                        try await writer.write(body)
                    }))
        }
        let setting = try await RunningRouter.start([("a", .node, echo)])
        let client = try await setting.connect()
        for _ in 0..<3 {
            client.send(
                "POST \(Self.tile) HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1\r\n!\r\n0\r\nT: x\r\n\r\n"
            )
            let answer = await client.take { $0.hasSuffix("0\r\n\r\n") }
            #expect(answer.hasSuffix("\r\n\r\n6\r\nhello!\r\n6\r\nhello!\r\n0\r\n\r\n"))
        }
        await client.close()
        await setting.stop()
    }

    @Test("an answer that ends with the member's connection comes whole, in chunks")
    func untilClose() async throws {
        let secret = ClusterSecret.random()
        let raw = try await RawMember.start("a", secret: secret) { _, text, channel in
            guard text.hasSuffix("\r\n\r\n") else { return }
            channel.answer("HTTP/1.1 200 OK\r\nX: y\r\n\r\nhello")
            channel.close(promise: nil)
        }
        let setting = try await RunningRouter.start(members: [raw.member], secret: secret)
        let client = try await setting.connect()
        client.send(get())
        let answer = await client.take { $0.hasSuffix("0\r\n\r\n") }
        #expect(answer.contains("Transfer-Encoding: chunked\r\n") && answer.hasSuffix("5\r\nhello\r\n0\r\n\r\n"))
        await client.close()
        await setting.stop()
        await raw.stop()
    }

    @Test("a client that has ended its sending side gets its answer, if this was its last request")
    func halfClosed() async throws {
        let (begun, begin) = AsyncStream.makeStream(of: Void.self)
        let (free, release) = AsyncStream.makeStream(of: Void.self)
        let slow: @Sendable (HTTPRequest) -> HTTPReply = { _ in
            .later {
                begin.yield()
                for await _ in free { break }
                return .text("late")
            }
        }
        let setting = try await RunningRouter.start(configure: { $0.halfClosedGrace = .zero }, [("a", .node, slow)])
        let client = try await setting.connect()
        client.send(get(Self.tile, "1.1", "Connection: close\r\n"))
        try await client.halfClose()
        for await _ in begun { break }
        // Two turns of the limits later it is still waited for.
        try await Task.sleep(for: .milliseconds(600))
        release.yield()
        #expect(await client.rest().hasSuffix("late"))
        await client.close()
        await setting.stop()
    }

    @Test("requests that were sent ahead of the end of the sending side are all answered")
    func halfClosedAhead() async throws {
        // Longer than any answer takes on a busy machine.
        let setting = try await RunningRouter.start(
            configure: { $0.halfClosedGrace = .seconds(30) }, [("a", .node, Self.show)])
        let client = try await setting.connect()
        client.send(get("/healthz") + get() + get("/healthz") + get("/healthz"))
        try await client.halfClose()
        #expect(await client.rest().components(of: "HTTP/1.1 200 OK\r\n").count == 4)
        await client.close()
        await setting.stop()
    }

    @Test("a body that ends with the sending side before its length is reached goes nowhere")
    func truncatedBody() async throws {
        let seen = Atomic<Int>(0)
        let setting = try await RunningRouter.start([
            (
                "a", .node,
                { _ in
                    seen.add(1, ordering: .relaxed)
                    return .now(.text("x"))
                }
            )
        ])
        let client = try await setting.connect()
        client.send("PUT \(Self.tile) HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nabc")
        try await client.halfClose()
        #expect(await client.rest() == "")
        #expect(seen.load(ordering: .relaxed) == 0)
        await client.close()
        await setting.stop()
    }

    enum Leaving: CaseIterable {
        case reset
        case closes
    }

    @Test("a client that has gone has its work cancelled", arguments: Leaving.allCases)
    func gone(leaving: Leaving) async throws {
        let (begun, begin) = AsyncStream.makeStream(of: Void.self)
        let (cancelled, cancel) = AsyncStream.makeStream(of: Void.self)
        let never: @Sendable (HTTPRequest) -> HTTPReply = { _ in
            .later {
                begin.yield()
                await withTaskCancellationHandler {
                    let (forever, _) = AsyncStream.makeStream(of: Void.self)
                    for await _ in forever {}
                } onCancel: {
                    cancel.yield()
                }
                return .text("nobody hears it")
            }
        }
        let setting = try await RunningRouter.start([("a", .node, never)])
        let client = try await setting.connect()
        client.send(get())
        for await _ in begun { break }
        switch leaving {
        case .reset: try await client.reset()
        case .closes: await client.close()
        }
        for await _ in cancelled { break }
        await setting.stop()
    }

    @Test("a router that is to stop finishes what runs and says that the connection ends")
    func gracefulStop() async throws {
        let (begun, begin) = AsyncStream.makeStream(of: Void.self)
        let (free, release) = AsyncStream.makeStream(of: Void.self)
        let slow: @Sendable (HTTPRequest) -> HTTPReply = { _ in
            .later {
                begin.yield()
                for await _ in free { break }
                return .text("late")
            }
        }
        let setting = try await RunningRouter.start([("a", .node, slow)])
        let (client, idle) = (try await setting.connect(), try await setting.connect())
        idle.send(get("/healthz"))
        _ = await idle.answer()
        client.send(get())
        for await _ in begun { break }
        let stopping = Task { await setting.router.shutDown(grace: .seconds(20), farewell: .seconds(20)) }
        while let late = try? await setting.connect() { await late.close() }
        // One that is between two requests may send another; then it ends.
        idle.send(get("/healthz"))
        #expect(await idle.rest().contains("Connection: close"))
        release.yield()
        let answer = await client.rest()
        #expect(answer.contains("Connection: close") && answer.hasSuffix("late"))
        await client.close()
        await idle.close()
        await stopping.value
        await setting.stop()
    }
}

extension String {
    func components(of separator: String) -> [String] {
        var parts: [String] = []
        var current: [UInt8] = []
        let mark = Array(separator.utf8)
        for byte in utf8 {
            current.append(byte)
            if current.count >= mark.count, current.suffix(mark.count).elementsEqual(mark) {
                parts.append(String(decoding: current.dropLast(mark.count), as: UTF8.self))
                current = []
            }
        }
        parts.append(String(decoding: current, as: UTF8.self))
        return parts.first == "" ? Array(parts.dropFirst()) : parts
    }
}
