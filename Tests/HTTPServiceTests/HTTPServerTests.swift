// SPDX-License-Identifier: Apache-2.0

import AsyncHTTPClient
import HTTPService
import NIOCore
import NIOHTTP1
import Synchronization
import Testing

struct HTTPServerTests {
    private func start(_ body: @escaping @Sendable (HTTPRequest) -> HTTPReply) async throws -> HTTPServer {
        try await HTTPServer.start(
            HTTPServer.Configuration(host: "127.0.0.1", port: 0), responder: HTTPHandler(body))
    }

    private func get(_ url: String, _ method: HTTPMethod = .GET, body: [UInt8]? = nil) async throws
        -> HTTPClientResponse
    {
        var request = HTTPClientRequest(url: url)
        request.method = method
        if let body { request.body = .bytes(body) }
        return try await HTTPClient.shared.execute(request, timeout: .seconds(10))
    }

    @Test("an answer now and an answer later look alike")
    func answers() async throws {
        let server = try await start { request in
            request.path == "/now" ? .now(.text("hello")) : .later { .text("hello") }
        }
        for path in ["/now", "/later"] {
            let response = try await get(server.url + path)
            #expect(response.status == .ok)
            #expect(response.headers.first(name: "Content-Length") == "5")
            #expect(try await String(buffer: response.body.collect(upTo: 100)) == "hello")
        }
        await server.shutDown()
    }

    @Test("HEAD has the length of the body and no body")
    func head() async throws {
        let server = try await start { _ in .now(.text("hello")) }
        let response = try await get(server.url, .HEAD)
        #expect(response.headers.first(name: "Content-Length") == "5")
        #expect(try await response.body.collect(upTo: 100).readableBytes == 0)
        await server.shutDown()
    }

    @Test("a body larger than the limit is refused")
    func largeBody() async throws {
        let server = try await start { .now(.text("\($0.body.readableBytes)")) }
        let small = try await get(server.url, .POST, body: [UInt8](repeating: 1, count: 1000))
        #expect(try await String(buffer: small.body.collect(upTo: 100)) == "1000")
        let large = try await get(server.url, .POST, body: [UInt8](repeating: 1, count: 2 << 20))
        #expect(large.status == .payloadTooLarge)
        await server.shutDown()
    }

    @Test("a stream arrives piece by piece, and a producer that fails breaks the connection")
    func streams() async throws {
        let server = try await start { request in
            .now(
                HTTPAnswer(
                    body: .stream { writer in
                        for piece in 0..<100 { try await writer.write(Array("\(piece)\n".utf8)) }
                        if request.path == "/broken" { throw CancellationError() }
                    }))
        }
        let whole = try await get(server.url)
        let text = try await String(buffer: whole.body.collect(upTo: 10_000))
        #expect(text.split(separator: "\n").count == 100)
        await #expect(throws: (any Error).self) {
            let broken = try await get(server.url + "/broken")
            _ = try await broken.body.collect(upTo: 10_000)
        }
        await server.shutDown()
    }

    @Test("a client that goes away cancels what is being made for it")
    func cancelled() async throws {
        let events = AsyncStream.makeStream(of: String.self)
        let server = try await start { _ in
            .later {
                events.continuation.yield("started")
                await withTaskCancellationHandler {
                    await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
                        Released.shared.wait(continuation)
                    }
                } onCancel: {
                    events.continuation.yield("cancelled")
                    Released.shared.release()
                }
                return .text("late")
            }
        }
        var seen = events.stream.makeAsyncIterator()
        let client = Task { try await get(server.url) }
        #expect(await seen.next() == "started")
        #expect(server.activeRequests == 1)
        client.cancel()
        #expect(await seen.next() == "cancelled")
        await server.shutDown()
    }

    @Test("a port that is in use is a clear error")
    func portInUse() async throws {
        let server = try await start { _ in .now(.text("")) }
        await #expect(throws: HTTPServer.BindFailure.self) {
            _ = try await HTTPServer.start(
                HTTPServer.Configuration(host: "127.0.0.1", port: server.port),
                responder: HTTPHandler { _ in .now(.text("")) })
        }
        await server.shutDown()
    }
}

/// Lets one waiting answer go.
private final class Released: Sendable {
    static let shared = Released()
    private let state = Mutex<(isReleased: Bool, waiting: CheckedContinuation<Void, Never>?)>((false, nil))

    func wait(_ continuation: CheckedContinuation<Void, Never>) {
        let isReleased = state.withLock { state in
            if !state.isReleased { state.waiting = continuation }
            return state.isReleased
        }
        if isReleased { continuation.resume() }
    }

    func release() {
        let waiting = state.withLock { state in
            state.isReleased = true
            defer { state.waiting = nil }
            return state.waiting
        }
        waiting?.resume()
    }
}
