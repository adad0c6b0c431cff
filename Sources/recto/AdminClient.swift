// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import AsyncHTTPClient
import FoundationEssentials
import NIOCore
import NIOHTTP1

struct AdminOptions: ParsableArguments {
    @Option(help: "The address of the admin port.")
    var admin: String = Environment.value("admin", AdminClient.defaultAddress)

    var client: AdminClient { AdminClient(admin: admin) }
}

/// Speaks to an admin port.
struct AdminClient {
    static let defaultAddress = "http://127.0.0.1:8081"

    let admin: String

    /// The answer's bytes.
    /// - Throws: `Failure` with what the server said, or that it was not reached.
    func call(_ method: HTTPMethod, _ path: String, _ body: String? = nil) async throws -> [UInt8] {
        let base = admin.hasSuffix("/") ? String(admin.dropLast()) : admin
        var request = HTTPClientRequest(url: base + path)
        request.method = method
        if let body { request.body = .bytes(Array(body.utf8)) }
        let response: HTTPClientResponse
        let bytes: ByteBuffer
        do {
            var configuration = HTTPClient.Configuration()
            configuration.connectionPool.retryConnectionEstablishment = false
            let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
            let result: (HTTPClientResponse, ByteBuffer)
            do {
                let response = try await client.execute(request, timeout: .seconds(20))
                result = (response, try await response.body.collect(upTo: 16 << 20))
            } catch {
                try await client.shutdown()
                throw error
            }
            try await client.shutdown()
            (response, bytes) = result
        } catch {
            throw Failure("there is no admin port at \(admin): \(error)")
        }
        let text = Array(bytes.readableBytesView)
        guard (200..<300).contains(response.status.code) else {
            let problem = try? JSONDecoder().decode(ProblemText.self, from: Data(text))
            throw Failure(
                [problem?.title ?? "the answer was \(response.status.code)", problem?.detail].compactMap { $0 }
                    .joined(separator: " "))
        }
        return text
    }

    private struct ProblemText: Decodable {
        var title: String
        var detail: String?
    }
}
