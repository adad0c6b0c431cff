// SPDX-License-Identifier: Apache-2.0

import Access
import Affinity
import AsyncHTTPClient
import Cluster
import HTTPService
import Logging
import NIOCore
import NIOHTTP1

@testable import Router

/// A router over members that all answer with what they were asked.
struct Setting {
    let core: RouterCore
    let router: RouterServer
    let members: [FakeMember]
    private let monitoring: Task<Void, Never>

    static func start(
        nodes: Int, portals: Int = 0, policies: RoutePolicies = RoutePolicies(),
        configure: (inout RouterConfiguration) -> Void = { _ in }
    ) async throws -> Setting {
        let secret = ClusterSecret.random()
        let echo: @Sendable (HTTPRequest) -> HTTPReply = { .now(.text("\($0.method) \($0.target) \($0.path)")) }
        var members: [FakeMember] = []
        for number in 0..<nodes { members.append(try await .start("node-\(number)", secret: secret, echo)) }
        for number in 0..<portals {
            members.append(try await .start("portal-\(number)", role: .portal, secret: secret, echo))
        }
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        var health = HealthMonitor.Configuration()
        // A machine with much else to do is not a member that hangs.
        health.timeout = .seconds(20)
        let monitor = HealthMonitor(
            configuration: health, client: ClusterClient(secret: secret, asker: "test"),
            staticMembers: members.map(\.state.clusterAddress),
            logger: logger, onUnreachable: { _ in })
        var configuration = RouterConfiguration(host: "127.0.0.1", port: 0)
        configure(&configuration)
        let core = RouterCore(configuration: configuration, monitor: monitor, policies: policies, logger: logger)
        let router = try await RouterServer.start(core: core, local: HTTPHandler { _ in .now(Problem.notFound.answer) })
        let monitoring = Task { await monitor.run() }
        while monitor.view.nodes.readyCount + monitor.view.portals.readyCount < nodes + portals { await Task.yield() }
        return Setting(core: core, router: router, members: members, monitoring: monitoring)
    }

    func stop() async {
        await router.shutDown(grace: .zero)
        monitoring.cancel()
        for member in members { await member.stop() }
    }

    struct Answer {
        var member: String?
        var text: String
    }

    func ask(
        _ target: String, method: HTTPMethod = .GET, headers: HTTPHeaders = [:], body: String? = nil
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: router.url + target)
        request.method = method
        request.headers = headers
        if let body { request.body = .bytes(Array(body.utf8)) }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(10))
        return Answer(
            member: response.headers.first(name: "X-Recto-Node"),
            text: String(buffer: try await response.body.collect(upTo: 10_000)))
    }
}
