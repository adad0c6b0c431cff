// SPDX-License-Identifier: Apache-2.0

package import Access
import AsyncHTTPClient
import NIOCore
import NIOHTTP1

/// Speaks to the cluster ports of others.
package struct ClusterClient: Sendable {
    package enum Failure: Error, Equatable { case status(Int) }

    /// Who asks: a node that drains waits until every router has heard of it.
    package static let askerHeader = "Recto-Asker"

    private let secret: ClusterSecret
    private let asker: String

    /// One for the process. A refused connection is news that callers act on: it is not tried again behind their backs.
    private static let http: HTTPClient = {
        var configuration = HTTPClient.Configuration()
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.timeout.connect = .seconds(1)
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()

    private static let longestAnswer = 8 << 20

    /// - Parameter asker: the id of the member that this client belongs to; for routers, `router:` and the id.
    package init(secret: ClusterSecret, asker: String) {
        self.secret = secret
        self.asker = asker
    }

    package func state(of address: String, timeout: Duration) async throws -> MemberState {
        try await send(.GET, address, "/cluster/state", nil, timeout)
    }

    package func holding(of document: String, at address: String, timeout: Duration) async throws -> DocumentHolding {
        try await send(.GET, address, "/cluster/holdings/\(document)", nil, timeout)
    }

    package func heartbeat(_ heartbeat: Heartbeat, to address: String, timeout: Duration) async throws
        -> HeartbeatAnswer
    {
        try await send(.POST, address, "/cluster/heartbeat", ClusterCoding.encode(heartbeat), timeout)
    }

    package func warm(_ document: String, at address: String) async throws {
        let message = ClusterCoding.encode(WarmMessage(document: document))
        let _: Empty = try await send(.POST, address, "/cluster/warm", message, .seconds(2))
    }

    package func purge(_ document: String, at address: String) async throws {
        let message = ClusterCoding.encode(PurgeMessage(document: document))
        let _: Empty = try await send(.POST, address, "/cluster/purge", message, .seconds(2))
    }

    package func drain(_ address: String) async throws {
        let _: Empty = try await send(.POST, address, "/cluster/drain", [], .seconds(2))
    }

    private struct Empty: Decodable {}

    private func send<Answer: Decodable>(
        _ method: HTTPMethod, _ address: String, _ path: String, _ body: [UInt8]?, _ timeout: Duration
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: "http://\(address)\(path)")
        request.method = method
        request.headers.add(name: ClusterSecret.header, value: secret.value)
        request.headers.add(name: Self.askerHeader, value: asker)
        if let body { request.body = .bytes(body) }
        let response = try await Self.http.execute(
            request,
            timeout: .nanoseconds(
                timeout.components.seconds * 1_000_000_000
                    + timeout.components.attoseconds / 1_000_000_000))
        let answer = try await response.body.collect(upTo: Self.longestAnswer)
        guard response.status == .ok else { throw Failure.status(Int(response.status.code)) }
        return try ClusterCoding.decode(Answer.self, from: answer.readableBytesView)
    }
}
