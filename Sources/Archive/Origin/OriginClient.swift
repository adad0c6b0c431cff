// SPDX-License-Identifier: Apache-2.0

import AsyncHTTPClient
import NIOHTTP1
import Synchronization

/// Sends requests to an origin and follows its redirects, connecting only to addresses that have been checked: what a
/// name resolves to later, nobody asks.
final class OriginClient: Sendable {
    private struct Connection {
        let client: OwnedHTTPClient
        let resolved: ContinuousClock.Instant
    }

    private let rules: OriginRules
    private let resolver: any HostResolver
    private let timeouts: OwnedHTTPClient.Timeouts
    /// By host: a client that connects to one checked address of it.
    private let connections = Mutex<[String: Connection]>([:])

    /// Names are resolved anew that often: addresses of services change, connections are worth keeping.
    private static let lifetime: Duration = .seconds(30)

    init(
        rules: OriginRules, resolver: any HostResolver = SystemResolver(),
        timeouts: OwnedHTTPClient.Timeouts = OwnedHTTPClient.Timeouts()
    ) {
        self.rules = rules
        self.resolver = resolver
        self.timeouts = timeouts
    }

    /// The answer at the end of the redirects.
    /// - Parameters:
    ///   - headers: go to every hop.
    ///   - secrets: go to the origin itself only.
    /// - Throws: `ArchiveError`, or `CancellationError`.
    func send(_ method: HTTPMethod, _ url: OriginURL, headers: HTTPHeaders, secrets: HTTPHeaders) async throws
        -> HTTPClientResponse
    {
        var url = url
        for _ in 0...OriginRules.mostRedirects {
            var sent = headers
            if url.isSameOrigin(as: rules.origin) { sent.add(contentsOf: secrets) }
            let response = try await hop(method, url, sent)
            guard [301, 302, 303, 307, 308].contains(response.status.code) else { return response }
            await response.drain()
            guard let next = response.headers.first(name: "Location").flatMap(url.following) else {
                throw ArchiveError.failed("\(url.host) redirects to nowhere")
            }
            // A web server's way to say that it is a folder.
            if next == url.with(target: url.target + "/") { throw ArchiveError.notFound }
            try rules.check(redirect: next, from: url)
            url = next
        }
        throw ArchiveError.failed("\(rules.origin.host) redirects more than \(OriginRules.mostRedirects) times")
    }

    private func hop(_ method: HTTPMethod, _ url: OriginURL, _ headers: HTTPHeaders) async throws -> HTTPClientResponse
    {
        var request = HTTPClientRequest(url: url.description)
        request.method = method
        request.headers = headers
        do {
            return try await connection(to: url.host).send(request)
        } catch let error as ArchiveError {
            throw error
        } catch {
            // Perhaps it has moved.
            connections.withLock { $0[url.host] = nil }
            throw Self.failure(error, url.host)
        }
    }

    static func failure(_ error: any Error, _ host: String) -> any Error {
        switch (error, error as? HTTPClientError) {
        case (is ArchiveError, _), (is CancellationError, _): error
        case (_, .some(.cancelled)): CancellationError()
        case (_, .some(.deadlineExceeded)), (_, .some(.connectTimeout)):
            ArchiveError.unreachable("\(host) did not answer in time")
        case (_, .some(.readTimeout)): ArchiveError.unreachable("\(host) stopped in the middle of an answer")
        default: ArchiveError.unreachable("\(host): \(error)")
        }
    }

    /// Throws `refused` where the host may not be connected to.
    func check(_ host: String) async throws { _ = try await connection(to: host) }

    private func connection(to host: String) async throws -> OwnedHTTPClient {
        if let known = connections.withLock({ $0[host] }), known.resolved + Self.lifetime > .now {
            return known.client
        }
        let addresses = try rules.allowed(try await resolver.addresses(of: host), of: host)
        let address = addresses[0]
        let overrides = [host: address.description, "[\(host)]": address.description]
        let client = OwnedHTTPClient(timeouts: timeouts, addresses: overrides)
        connections.withLock { $0[host] = Connection(client: client, resolved: .now) }
        return client
    }
}
