// SPDX-License-Identifier: Apache-2.0

import AsyncHTTPClient
import NIOCore
import NIOPosix

/// An HTTP client that ends with its owner.
final class OwnedHTTPClient: Sendable {
    struct Timeouts: Sendable {
        var connect: Duration = .seconds(3)
        /// From asking to the head of the answer, connecting included.
        var firstByte: Duration = .seconds(10)
        /// Between two pieces of a body.
        var progress: Duration = .seconds(10)
    }

    let client: HTTPClient
    private let timeouts: Timeouts

    /// - Parameter addresses: where hosts are connected to, by name, in place of what their names resolve to.
    init(timeouts: Timeouts = Timeouts(), addresses: [String: String] = [:]) {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.timeout = .init(
            connect: TimeAmount(timeouts.connect), read: TimeAmount(timeouts.progress),
            write: TimeAmount(timeouts.progress))
        // Whoever asks tries again as it sees fit.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 64
        configuration.dnsOverride = addresses
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        self.timeouts = timeouts
    }

    deinit {
        // Requests still under way are cancelled with it.
        _ = client.shutdown()
    }

    /// The head of the answer; its body comes as it is read.
    func send(_ request: HTTPClientRequest) async throws -> HTTPClientResponse {
        try await client.execute(request, deadline: .now() + TimeAmount(timeouts.firstByte))
    }
}

extension HTTPClientResponse {
    /// The whole body. Throws `NIOTooManyBytesError` beyond the limit.
    func bytes(upTo limit: Int) async throws -> [UInt8] {
        Array(try await body.collect(upTo: limit).readableBytesView)
    }

    /// Reads what is left of a short body, so that its connection serves again.
    func drain() async { _ = try? await body.collect(upTo: 1 << 16) }
}
