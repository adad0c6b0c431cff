// SPDX-License-Identifier: Apache-2.0

import Access
import Affinity
import AsyncHTTPClient
import Cluster
import HTTPService
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix

@testable import Router

/// A router over members that answer as a test wants.
struct RunningRouter {
    let core: RouterCore
    let router: RouterServer
    let monitor: HealthMonitor
    let members: [FakeMember]
    private let monitoring: Task<Void, Never>

    static let tile = "/iiif/a.pdf/2/full/max/0/default.png"

    static func start(
        policies: RoutePolicies = RoutePolicies(), configure: (inout RouterConfiguration) -> Void = { _ in },
        _ answers: [(String, MemberRole, @Sendable (HTTPRequest) -> HTTPReply)]
    ) async throws -> RunningRouter {
        let secret = ClusterSecret.random()
        var members: [FakeMember] = []
        for (id, role, answer) in answers {
            members.append(try await FakeMember.start(id, role: role, secret: secret, answer))
        }
        return try await start(policies: policies, configure: configure, members: members, secret: secret)
    }

    static func start(
        policies: RoutePolicies = RoutePolicies(), configure: (inout RouterConfiguration) -> Void = { _ in },
        members: [FakeMember], secret: ClusterSecret
    ) async throws -> RunningRouter {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        var checks = HealthMonitor.Configuration()
        // A member that is slow on a busy machine shall not be taken for one that hangs.
        checks.timeout = .seconds(10)
        let monitor = HealthMonitor(
            configuration: checks, client: ClusterClient(secret: secret, asker: "test"),
            staticMembers: members.map(\.state.clusterAddress),
            logger: logger, onUnreachable: { _ in })
        var configuration = RouterConfiguration(host: "127.0.0.1", port: 0)
        configure(&configuration)
        let core = RouterCore(configuration: configuration, monitor: monitor, policies: policies, logger: logger)
        let local = HTTPHandler { $0.path == "/healthz" ? .now(.text("ok\n")) : .now(Problem.notFound.answer) }
        let router = try await RouterServer.start(core: core, local: local)
        let monitoring = Task { await monitor.run() }
        while monitor.view.nodes.readyCount + monitor.view.portals.readyCount < members.count { await Task.yield() }
        return RunningRouter(core: core, router: router, monitor: monitor, members: members, monitoring: monitoring)
    }

    func stop() async {
        await router.shutDown(grace: .zero)
        monitoring.cancel()
        for member in members { await member.stop() }
    }

    func get(_ path: String, headers: HTTPHeaders = [:], method: HTTPMethod = .GET) async throws -> HTTPClientResponse {
        var request = HTTPClientRequest(url: router.url + path)
        request.method = method
        request.headers = headers
        return try await HTTPClient.shared.execute(request, timeout: .seconds(10))
    }

    func connect() async throws -> RawClient { try await RawClient.connect(router.port) }

    /// Sends the text over a connection of its own and returns all that comes until the router closes.
    func answers(to text: String) async throws -> String {
        let client = try await connect()
        client.send(text)
        let answer = await client.rest()
        await client.close()
        return answer
    }

    /// A path whose owner is the given node.
    func path(ownedBy id: String) -> String {
        let group = monitor.view.nodes
        for number in 0..<1000 {
            var list = CandidateList()
            DocumentPolicy().rank(
                RoutingRequest(AffinityKey("\(number)".utf8)), group.table, load: { _ in 0 }, into: &list)
            if group.targets[list.indices[0]].id == id { return "/iiif/\(number)/2/full/max/0/default.png" }
        }
        return ""
    }
}
