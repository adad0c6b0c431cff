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

    /// Whom the asker sees, as a fingerprint: by what members have heard, routers side by side are compared.
    package static let viewHeader = "Recto-View"

    private let secret: ClusterSecret
    private let asker: String?

    /// One for the process. A refused connection is news that callers act on: it is not tried again behind their backs.
    private static let http: HTTPClient = {
        var configuration = HTTPClient.Configuration()
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.timeout.connect = .seconds(1)
        // A job may ask for many blocks at the same time, and none of them has time to queue.
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 32
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()

    private static let longestAnswer = 8 << 20

    /// - Parameter asker: the id of the member that this client belongs to; for routers, `router:` and the id; nil for
    ///   those whom a member that drains need not wait for.
    package init(secret: ClusterSecret, asker: String?) {
        self.secret = secret
        self.asker = asker
    }

    /// - Parameter view: the fingerprint of whom the asker sees.
    package func state(of address: String, view: String? = nil, timeout: Duration) async throws -> MemberState {
        try await send(.GET, address, "/cluster/state", nil, timeout, view: view)
    }

    /// The members that a router reaches.
    package func members(of router: String, timeout: Duration) async throws -> [MemberState] {
        let answer: HeartbeatAnswer = try await send(.GET, router, "/cluster/members", nil, timeout)
        return answer.members
    }

    /// Tells a member that those are warm whom its joining or draining concerns. Returns what it is now.
    package func handedOver(to address: String, standing: Double) async throws -> MemberState {
        let message = ClusterCoding.encode(HandedOverMessage(standing: standing))
        return try await send(.POST, address, "/cluster/handed-over", message, .seconds(2))
    }

    package func holding(of document: String, at address: String, timeout: Duration) async throws -> DocumentHolding {
        try await send(.GET, address, "/cluster/holdings/\(document)", nil, timeout)
    }

    package func heartbeat(_ heartbeat: Heartbeat, to address: String, timeout: Duration) async throws
        -> HeartbeatAnswer
    {
        try await send(.POST, address, "/cluster/heartbeat", ClusterCoding.encode(heartbeat), timeout)
    }

    /// Has a member open a document before anybody asks for it.
    /// - Parameter wait: return only when it is open, for so long at most; nil: at once.
    package func warm(_ message: WarmMessage, at address: String, wait: Duration? = nil) async throws {
        var message = message
        message.wait = wait.map { _ in true }
        let _: Empty = try await send(
            .POST, address, "/cluster/warm", ClusterCoding.encode(message), wait ?? .seconds(2))
    }

    /// What a member was told by the archive of a document; nil where it was told nothing.
    package func object(_ document: String, at address: String, timeout: Duration) async throws -> KnownObject? {
        do {
            return try await send(.GET, address, "/cluster/objects/\(document)", nil, timeout)
        } catch Failure.status(404) {
            return nil
        }
    }

    /// Blocks that a member has, as frames.
    /// - Parameters:
    ///   - hasBegun: called once the member says that it has some.
    ///   - take: is given the bytes as they come.
    /// - Returns: whether it has any.
    package func blocks(
        _ query: BlockQuery, at address: String, timeout: Duration, hasBegun: () -> Void,
        take: ([UInt8]) throws -> Void
    ) async throws -> Bool {
        let response = try await Self.http.execute(
            request(.GET, address, query.target, nil, view: nil), timeout: Self.time(timeout))
        if response.status == .notFound { return false }
        guard response.status == .ok else { throw Failure.status(Int(response.status.code)) }
        hasBegun()
        for try await part in response.body { try take(Array(part.readableBytesView)) }
        return true
    }

    /// Returns when the member has forgotten all of it.
    package func purge(_ message: PurgeMessage, at address: String, timeout: Duration) async throws {
        let _: Empty = try await send(.POST, address, "/cluster/purge", ClusterCoding.encode(message), timeout)
    }

    package func caches(_ question: CacheQuestion, at address: String, timeout: Duration) async throws -> CacheReport {
        try await send(.POST, address, "/cluster/caches", ClusterCoding.encode(question), timeout)
    }

    package func drain(_ address: String) async throws {
        let _: Empty = try await send(.POST, address, "/cluster/drain", [], .seconds(2))
    }

    private struct Empty: Decodable {}

    private func send<Answer: Decodable>(
        _ method: HTTPMethod, _ address: String, _ path: String, _ body: [UInt8]?, _ timeout: Duration,
        view: String? = nil
    ) async throws -> Answer {
        let response = try await Self.http.execute(
            request(method, address, path, body, view: view), timeout: Self.time(timeout))
        let answer = try await response.body.collect(upTo: Self.longestAnswer)
        guard response.status == .ok else { throw Failure.status(Int(response.status.code)) }
        return try ClusterCoding.decode(Answer.self, from: answer.readableBytesView)
    }

    private func request(
        _ method: HTTPMethod, _ address: String, _ path: String, _ body: [UInt8]?, view: String?
    ) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: "http://\(address)\(path)")
        request.method = method
        request.headers.add(name: ClusterSecret.header, value: secret.value)
        if let asker { request.headers.add(name: Self.askerHeader, value: asker) }
        if let view { request.headers.add(name: Self.viewHeader, value: view) }
        if let body { request.body = .bytes(body) }
        return request
    }

    private static func time(_ time: Duration) -> TimeAmount {
        .nanoseconds(time.components.seconds * 1_000_000_000 + time.components.attoseconds / 1_000_000_000)
    }
}
