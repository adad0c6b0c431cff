// SPDX-License-Identifier: Apache-2.0

import Access
import Cluster
import HTTPService
import NIOHTTP1
import Synchronization
import TileModel

/// A member of a cluster that answers as a test wants.
final class FakeMember: ClusterMember {
    private let value: Mutex<MemberState>
    private let servers = Mutex<[HTTPServer]>([])
    private let heard = Mutex<[PurgeMessage]>([])
    private let report = Mutex(CacheReport(layers: [], documents: []))

    private init(_ state: MemberState) { value = Mutex(state) }

    static func start(
        _ id: String, role: MemberRole = .node, secret: ClusterSecret,
        _ answer: @escaping @Sendable (HTTPRequest) -> HTTPReply
    ) async throws -> FakeMember {
        var configuration = HTTPServer.Configuration(host: "127.0.0.1", port: 0)
        configuration.limits.body = 64 << 20
        let server = try await HTTPServer.start(
            configuration,
            decorate: { $0.replaceOrAdd(name: "X-Recto-Node", value: id) }, responder: HTTPHandler(answer))
        return try await start(id, role: role, secret: secret, port: server.port, servers: [server])
    }

    /// One whose public port somebody else has.
    static func start(
        _ id: String, role: MemberRole = .node, secret: ClusterSecret, port: Int, servers: [HTTPServer] = []
    ) async throws -> FakeMember {
        let member = FakeMember(
            MemberState(
                id: id, incarnation: 1, role: role, status: .ready, address: "127.0.0.1:\(port)", clusterAddress: "",
                capacity: 1))
        let cluster = try await HTTPServer.start(
            HTTPServer.Configuration(host: "127.0.0.1", port: 0),
            responder: ClusterRoutes(member: member, secret: secret))
        member.value.withLock { $0.clusterAddress = "127.0.0.1:\(cluster.port)" }
        member.servers.withLock { $0 = servers + [cluster] }
        return member
    }

    var state: MemberState { value.withLock { $0 } }

    func set(_ status: MemberStatus) { value.withLock { $0.status = status } }

    /// What it was told to forget.
    var purges: [PurgeMessage] { heard.withLock { $0 } }

    func purge(_ selection: DocumentSelection, event: String?) async {
        heard.withLock { $0.append(PurgeMessage(selection, event: event)) }
    }

    func hold(_ caches: CacheReport) { report.withLock { $0 = caches } }

    func caches(_ selection: DocumentSelection, limit: Int) async -> CacheReport { report.withLock { $0 } }

    func stop() async { for server in servers.withLock({ $0 }) { await server.shutDown() } }
}
