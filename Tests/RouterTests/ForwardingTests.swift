// SPDX-License-Identifier: Apache-2.0

import Access
import Affinity
import AsyncHTTPClient
import Cluster
import HTTPService
import Logging
import NIOCore
import NIOHTTP1
import Synchronization
import Testing

@testable import Router

/// A router over members that misbehave on demand.
struct ForwardingTests {
    private static let tile = RunningRouter.tile

    @Test("one document goes to one node, and round-robin to all")
    func policies() async throws {
        let echo: @Sendable (HTTPRequest) -> HTTPReply = { _ in .now(.text("x")) }
        for (policy, expected) in [(DocumentPolicy.self as any RoutingPolicy.Type, 1), (RoundRobinPolicy.self, 3)] {
            let setting = try await RunningRouter.start(
                policies: RoutePolicies(policy), [("a", .node, echo), ("b", .node, echo), ("c", .node, echo)])
            var nodes = Set<String>()
            for _ in 0..<12 {
                nodes.insert(try await setting.get(Self.tile).headers.first(name: "X-Recto-Node") ?? "")
            }
            #expect(nodes.count == expected)
            await setting.stop()
        }
    }

    @Test("a session cookie keeps a reader on one node, and is set where there is none")
    func sessions() async throws {
        let echo: @Sendable (HTTPRequest) -> HTTPReply = { _ in .now(.text("x")) }
        let setting = try await RunningRouter.start(
            policies: RoutePolicies(SessionCookiePolicy.self),
            [("a", .node, echo), ("b", .node, echo), ("c", .node, echo)])
        let first = try await setting.get(Self.tile)
        let cookie = try #require(first.headers.first(name: "Set-Cookie")?.split(separator: ";").first)
        #expect(cookie.hasPrefix("recto-session="))
        let node = first.headers.first(name: "X-Recto-Node")
        for document in 0..<10 {
            let next = try await setting.get(
                "/iiif/\(document)/2/full/max/0/default.png", headers: ["Cookie": String(cookie)])
            #expect(next.headers.first(name: "X-Recto-Node") == node)
            #expect(next.headers.first(name: "Set-Cookie") == nil)
        }
        await setting.stop()
    }

    @Test("one client address goes to one node, as far as trusted proxies vouch for it", arguments: [true, false])
    func clientAddresses(isTrusted: Bool) async throws {
        let echo: @Sendable (HTTPRequest) -> HTTPReply = { _ in .now(.text("x")) }
        let setting = try await RunningRouter.start(
            policies: RoutePolicies(ClientAddressPolicy.self),
            configure: { if isTrusted { $0.trustedProxies = ["127.0.0.1", "10.0.0.1"] } },
            [("a", .node, echo), ("b", .node, echo), ("c", .node, echo)])
        var nodes: Set<String> = []
        for client in 1...20 {
            // What the client itself claims stands first and counts for nothing.
            let chain: HTTPHeaders = ["X-Forwarded-For": "192.0.2.99, 198.51.100.\(client), 10.0.0.1"]
            let first = try await setting.get("/iiif/a/2/full/max/0/default.png", headers: chain)
            let second = try await setting.get("/iiif/b/3/full/max/0/default.png", headers: chain)
            let node = try #require(first.headers.first(name: "X-Recto-Node"))
            #expect(second.headers.first(name: "X-Recto-Node") == node)
            nodes.insert(node)
        }
        // Strangers all come from the address that they are connected from.
        #expect(nodes.count == (isTrusted ? 3 : 1))
        await setting.stop()
    }

    @Test("a node that refuses before its first byte is passed over")
    func refusal() async throws {
        let refuse: @Sendable (HTTPRequest) -> HTTPReply = { _ in
            .now(Problem("overloaded", .serviceUnavailable, "No.", retryAfter: 1).answer)
        }
        let setting = try await RunningRouter.start([
            ("a", .node, refuse), ("b", .node, { _ in .now(.text("from b")) }),
        ])
        let response = try await setting.get(setting.path(ownedBy: "a"))
        #expect(response.status == .ok)
        #expect(try await String(buffer: response.body.collect(upTo: 100)) == "from b")
        await setting.stop()
    }

    @Test("where all refuse, the refusal comes through with its Retry-After")
    func allRefuse() async throws {
        let refuse: @Sendable (HTTPRequest) -> HTTPReply = { _ in
            .now(Problem("overloaded", .serviceUnavailable, "No.", retryAfter: 7).answer)
        }
        let setting = try await RunningRouter.start([("a", .node, refuse), ("b", .node, refuse)])
        let response = try await setting.get(Self.tile)
        #expect(response.status == .serviceUnavailable)
        #expect(response.headers.first(name: "Retry-After") == "7")
        await setting.stop()
    }

    @Test("a node that dies in the middle of a short answer is not noticed")
    func deathInTheMiddle() async throws {
        let dies: @Sendable (HTTPRequest) -> HTTPReply = { _ in
            .now(
                HTTPAnswer(
                    headers: ["Content-Length": "1000"],
                    body: .stream { writer in
                        try await writer.write([UInt8](repeating: 1, count: 500))
                        throw CancellationError()
                    }))
        }
        let setting = try await RunningRouter.start([("a", .node, dies), ("b", .node, { _ in .now(.text("whole")) })])
        let response = try await setting.get(setting.path(ownedBy: "a"))
        #expect(try await String(buffer: response.body.collect(upTo: 2000)) == "whole")
        await setting.stop()
    }

    @Test("a node that has gone is passed over, and what is not idempotent is not sent twice")
    func gone() async throws {
        let posts = Mutex(0)
        let count: @Sendable (HTTPRequest) -> HTTPReply = { request in
            if request.method == .POST {
                posts.withLock { $0 += 1 }
                return .now(HTTPAnswer(body: .stream { _ in throw CancellationError() }))
            }
            return .now(.text("b"))
        }
        let setting = try await RunningRouter.start([("a", .node, count), ("b", .node, count)])
        _ = try? await setting.get(Self.tile, method: .POST)
        #expect(posts.withLock { $0 } == 1)
        let owned = setting.path(ownedBy: "a")
        await setting.members[0].stop()
        #expect(try await setting.get(owned).status == .ok)
        await setting.stop()
    }

    @Test("with no node left portals stand in, and with no portal left nodes do")
    func standIns() async throws {
        let onlyPortal = try await RunningRouter.start([("portal", .portal, { _ in .now(.text("p")) })])
        #expect(try await onlyPortal.get(Self.tile).headers.first(name: "X-Recto-Node") == "portal")
        await onlyPortal.stop()
        let onlyNode = try await RunningRouter.start([("node", .node, { _ in .now(.text("n")) })])
        #expect(try await onlyNode.get("/documents/a/structure").headers.first(name: "X-Recto-Node") == "node")
        await onlyNode.stop()
    }

    @Test("with nobody left the answer is 503 with Retry-After")
    func nobody() async throws {
        let setting = try await RunningRouter.start([])
        let response = try await setting.get(Self.tile)
        #expect(response.status == .serviceUnavailable)
        #expect(response.headers.first(name: "Retry-After") != nil)
        await setting.stop()
    }

    @Test("a draining node gets nothing new")
    func draining() async throws {
        let echo: @Sendable (HTTPRequest) -> HTTPReply = { _ in .now(.text("x")) }
        let setting = try await RunningRouter.start([("a", .node, echo), ("b", .node, echo)])
        let owned = setting.path(ownedBy: "a")
        setting.members[0].set(.draining)
        while setting.monitor.view.nodes.readyCount == 2 { await Task.yield() }
        #expect(try await setting.get(owned).headers.first(name: "X-Recto-Node") == "b")
        await setting.stop()
    }

    @Test("forwarding headers of strangers do not get through, those of trusted proxies do")
    func forwardedHeaders() async throws {
        let show: @Sendable (HTTPRequest) -> HTTPReply = { request in
            let headers = request.headers
            return .now(
                .text(
                    [
                        headers[canonicalForm: "X-Forwarded-For"].joined(separator: ","),
                        headers.first(name: "X-Forwarded-Host") ?? "-", headers.first(name: "Recto-Owner") ?? "-",
                        headers.first(name: "Connection") ?? "-",
                    ].joined(separator: "|")))
        }
        let forged: HTTPHeaders = [
            "X-Forwarded-For": "1.2.3.4", "X-Forwarded-Host": "evil", "Recto-Owner": "evil", "Connection": "X-Secret",
        ]
        for (trusted, expected) in [(false, "127.0.0.1|-|-|-"), (true, "1.2.3.4,127.0.0.1|evil|-|-")] {
            let setting = try await RunningRouter.start(
                configure: { if trusted { $0.trustedProxies = ["127.0.0.1"] } }, [("a", .node, show)])
            let response = try await setting.get(Self.tile, headers: forged)
            #expect(try await String(buffer: response.body.collect(upTo: 1000)) == expected)
            await setting.stop()
        }
    }

    @Test("a long answer streams through while its producer still works, and holds it back")
    func streaming() async throws {
        let written = Mutex(0)
        let long: @Sendable (HTTPRequest) -> HTTPReply = { _ in
            .now(
                HTTPAnswer(
                    body: .stream { writer in
                        for _ in 0..<2000 {
                            try await writer.write([UInt8](repeating: 7, count: 65_536))
                            written.withLock { $0 += 65_536 }
                        }
                    }))
        }
        let setting = try await RunningRouter.start([("a", .node, long)])
        let response = try await setting.get(Self.tile)
        var iterator = response.body.makeAsyncIterator()
        _ = try await iterator.next()
        // The client reads no further: far less than everything has been produced once nothing moves any more.
        var last = -1
        var unchanged = 0
        while unchanged < 2000 {
            let now = written.withLock { $0 }
            unchanged = now == last ? unchanged + 1 : 0
            last = now
            await Task.yield()
        }
        #expect(last < 60 << 20)
        var total = 0
        while let bytes = try await iterator.next() { total += bytes.readableBytes }
        #expect(total > 100 << 20)
        await setting.stop()
    }
}
