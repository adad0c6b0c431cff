// SPDX-License-Identifier: Apache-2.0

import AsyncHTTPClient
import HTTPService
import NIOCore
import NIOHTTP1
import Testing

/// Bodies of requests that are answered while they come in.
struct RequestBodyTests {
    private struct Streaming: HTTPResponder {
        let answer: @Sendable (HTTPRequest) async -> HTTPAnswer

        func takesStream(_ method: HTTPMethod, target: String) -> Bool { method == .PUT }
        func respond(to request: HTTPRequest) -> HTTPReply { .later { await answer(request) } }
    }

    private func server(_ answer: @escaping @Sendable (HTTPRequest) async -> HTTPAnswer) async throws -> HTTPServer {
        try await HTTPServer.start(.init(host: "127.0.0.1", port: 0), responder: Streaming(answer: answer))
    }

    private func put(_ server: HTTPServer, bytes: Int) async throws -> String {
        var request = HTTPClientRequest(url: server.url)
        request.method = .PUT
        request.body = .bytes(ByteBuffer(repeating: 7, count: bytes))
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
        return String(buffer: try await response.body.collect(upTo: 1 << 20))
    }

    @Test("a body larger than what is gathered comes as a stream, whole, and the next request after it")
    func whole() async throws {
        let server = try await server { request in
            var count = 0
            do {
                guard let stream = request.stream else { return .text("gathered") }
                for try await piece in stream { count += piece.readableBytes }
            } catch {
                return .text("broken")
            }
            return .text("\(count)")
        }
        for size in [20 << 20, 0, 5] { #expect(try await put(server, bytes: size) == "\(size)") }
        await server.shutDown()
    }

    @Test("a reader whose client goes away in the middle is told")
    func broken() async throws {
        let (outcomes, told) = AsyncStream.makeStream(of: String.self)
        let server = try await server { request in
            guard let stream = request.stream else { return .text("gathered") }
            do {
                for try await _ in stream {}
                told.yield("whole")
            } catch {
                told.yield("broken")
            }
            return .text("")
        }
        var request = HTTPClientRequest(url: server.url)
        request.method = .PUT
        struct Gone: Error {}
        let pieces = AsyncThrowingStream<ByteBuffer, any Error> { continuation in
            continuation.yield(ByteBuffer(repeating: 1, count: 100))
            continuation.finish(throwing: Gone())
        }
        request.body = .stream(pieces, length: .known(Int64(1000)))
        await #expect(throws: (any Error).self) {
            _ = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
        }
        var iterator = outcomes.makeAsyncIterator()
        #expect(await iterator.next() == "broken")
        await server.shutDown()
    }
}
