// SPDX-License-Identifier: Apache-2.0

import Access
import Cluster
import HTTPService
import NIOHTTP1
import Synchronization

/// A member of a cluster that answers as a test wants.
final class FakeMember: ClusterMember {
    private let value: Mutex<MemberState>
    private let servers = Mutex<[HTTPServer]>([])

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

    func stop() async { for server in servers.withLock({ $0 }) { await server.shutDown() } }
}
