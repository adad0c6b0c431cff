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

/// What is tried again, where and how often.
struct RetryTests {
    private static let tile = RunningRouter.tile

    @Test("a kept connection that the member has closed meanwhile is replaced by a fresh one")
    func stale() async throws {
        let secret = ClusterSecret.random()
        let raw = try await RawMember.start("a", secret: secret) { connection, text, channel in
            // The first connection answers once and breaks at the second request.
            let requests = text.components(of: "\r\n\r\n").count - 1
            if connection == 1, requests > 1 { return channel.close(promise: nil) }
            channel.answer("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n\(connection)")
        }
        let setting = try await RunningRouter.start(members: [raw.member], secret: secret)
        let client = try await setting.connect()
        for expected in ["1", "2"] {
            client.send("GET \(Self.tile) HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(await client.answer().hasSuffix("\r\n\r\n\(expected)"))
        }
        await client.close()
        await setting.stop()
        await raw.stop()
    }

    @Test("what a member sends beyond its answer does not become the next answer")
    func unasked() async throws {
        let secret = ClusterSecret.random()
        let raw = try await RawMember.start("a", secret: secret) { connection, text, channel in
            let answer = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n\(connection)"
            channel.answer(answer + (connection == 1 ? "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged" : ""))
        }
        let setting = try await RunningRouter.start(members: [raw.member], secret: secret)
        let client = try await setting.connect()
        for expected in ["1", "2"] {
            client.send("GET \(Self.tile) HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(await client.answer().hasSuffix("\r\n\r\n\(expected)"))
        }
        await client.close()
        await setting.stop()
        await raw.stop()
    }

    @Test("an answer that is no HTTP counts as a failure of its member")
    func malformedAnswer() async throws {
        let secret = ClusterSecret.random()
        let raw = try await RawMember.start("a", secret: secret) { _, _, channel in
            channel.answer("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n")
        }
        let good = try await FakeMember.start("b", secret: secret) { _ in .now(.text("good")) }
        let setting = try await RunningRouter.start(members: [raw.member, good], secret: secret)
        let response = try await setting.get(setting.path(ownedBy: "a"))
        #expect(try await String(buffer: response.body.collect(upTo: 100)) == "good")
        await setting.stop()
        await raw.stop()
    }

    @Test("a body that is kept is sent again to the next member, one that is longer is not")
    func bodies() async throws {
        let secret = ClusterSecret.random()
        let raw = try await RawMember.start("a", secret: secret) { _, text, channel in
            if text.hasSuffix("!") { channel.close(promise: nil) }
        }
        let good = try await FakeMember.start("b", secret: secret) { .now(.text("\($0.body.readableBytes)")) }
        let setting = try await RunningRouter.start(
            configure: { $0.requestHoldLimit = 1000 }, members: [raw.member, good], secret: secret)
        let path = setting.path(ownedBy: "a")
        for (size, expected) in [(900, "200"), (100_000, "502")] {
            let client = try await setting.connect()
            client.send("PUT \(path) HTTP/1.1\r\nHost: h\r\nContent-Length: \(size)\r\n\r\n")
            while raw.received == 0 { await Task.yield() }
            client.send(String(repeating: "a", count: size - 1) + "!")
            let answer = await client.answer()
            #expect(answer.statusCode == expected)
            #expect(expected != "200" || answer.hasSuffix("900"))
            await client.close()
        }
        await setting.stop()
        await raw.stop()
    }

    @Test("an answer before the body's end comes through, and the connection ends")
    func early() async throws {
        let secret = ClusterSecret.random()
        let raw = try await RawMember.start("a", secret: secret) { _, _, channel in
            channel.answer("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno")
        }
        let setting = try await RunningRouter.start(members: [raw.member], secret: secret)
        let answer = try await setting.answers(
            to: "PUT \(Self.tile) HTTP/1.1\r\nHost: h\r\nContent-Length: 999999\r\n\r\nabc")
        #expect(answer.statusCode == "403" && answer.contains("Connection: close") && answer.hasSuffix("no"))
        await setting.stop()
        await raw.stop()
    }

    @Test("where every member breaks, retries end with their budget")
    func budget() async throws {
        let tried = Atomic<Int>(0)
        let breaks: @Sendable (HTTPRequest) -> HTTPReply = { _ in
            tried.add(1, ordering: .relaxed)
            // Announced to be short, so that it is held: of one without a length the head is at the client already.
            return .now(HTTPAnswer(headers: ["Content-Length": "9"], body: .stream { _ in throw CancellationError() }))
        }
        let setting = try await RunningRouter.start(
            configure: { configuration in
                configuration.retryBudget.floor = 0
                configuration.retryBudget.share = 0.2
                configuration.ejection.failures = .max
            }, [("a", .node, breaks), ("b", .node, breaks), ("c", .node, breaks)])
        let client = try await setting.connect()
        for _ in 0..<50 {
            client.send("GET \(Self.tile) HTTP/1.1\r\nHost: h\r\n\r\n")
            let status = await client.answer().statusCode
            #expect(status == "502")
        }
        // One connection is on one event loop, so one budget: 50 requests and a fifth of that.
        #expect(tried.load(ordering: .relaxed) <= 60)
        #expect(tried.load(ordering: .relaxed) >= 55)
        await client.close()
        await setting.stop()
    }

    @Test("a member that breaks every request while its checks are well is set aside")
    func ejection() async throws {
        let asked = Atomic<Int>(0)
        let breaks: @Sendable (HTTPRequest) -> HTTPReply = { _ in
            asked.add(1, ordering: .relaxed)
            return .now(HTTPAnswer(headers: ["Content-Length": "9"], body: .stream { _ in throw CancellationError() }))
        }
        let setting = try await RunningRouter.start(
            configure: { configuration in
                configuration.ejection.failures = 3
                configuration.ejection.firstPause = .seconds(60)
            }, [("a", .node, breaks), ("b", .node, { _ in .now(.text("b")) })])
        let path = setting.path(ownedBy: "a")
        for _ in 0..<20 { #expect(try await setting.get(path).status == .ok) }
        #expect(asked.load(ordering: .relaxed) == 3)
        await setting.stop()
    }
}
