// SPDX-License-Identifier: Apache-2.0

import Access
import Cluster
import Glibc
import HTTPService
import Logging
import Router
import Synchronization

/// A running router: its public side, admin port, cluster port and health checks.
final class RouterRole: Sendable {
    struct Configuration {
        var id: String
        var router: RouterConfiguration
        var adminHost: String
        var adminPort: Int
        var clusterHost: String
        var clusterPort: Int
        var advertise: String?
        var secret: ClusterSecret
        var staticMembers: [String] = []
        var policies: RoutePolicies
        var slowStart: Duration = .seconds(30)
    }

    let server: RouterServer
    let admin: HTTPServer
    let cluster: HTTPServer
    let monitor: HealthMonitor
    private let monitoring: Task<Void, Never>

    private init(
        server: RouterServer, admin: HTTPServer, cluster: HTTPServer, monitor: HealthMonitor,
        monitoring: Task<Void, Never>
    ) {
        self.server = server
        self.admin = admin
        self.cluster = cluster
        self.monitor = monitor
        self.monitoring = monitoring
    }

    static func start(
        _ configuration: Configuration, scaler: (any NodeScaler)?, metricsText: @escaping @Sendable () -> String,
        logger: Logger
    ) async throws -> RouterRole {
        let client = ClusterClient(secret: configuration.secret, asker: configuration.id)
        let running = LateServer()
        var health = HealthMonitor.Configuration()
        health.slowStart = configuration.slowStart
        let monitor = HealthMonitor(
            configuration: health, client: client, staticMembers: configuration.staticMembers, logger: logger,
            onUnreachable: { member in running.value?.memberUnreachable(member.address) })
        let core = RouterCore(
            configuration: configuration.router, monitor: monitor, policies: configuration.policies, logger: logger)
        let routes = HealthRoutes(
            isReady: { monitor.view.nodes.readyCount + monitor.view.portals.readyCount > 0 }, metricsText: metricsText)
        let server = try await RouterServer.start(
            core: core, local: HTTPHandler { routes.respond(to: $0) ?? .now(Problem.notFound.answer) })
        running.set(server)
        let admin = try await HTTPServer.start(
            HTTPServer.Configuration(host: configuration.adminHost, port: configuration.adminPort),
            responder: AdminRoutes(core: core, client: client, scaler: scaler, metricsText: metricsText))
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        let member = RouterMember(
            id: configuration.id, incarnation: now.tv_sec * 1000 + now.tv_nsec / 1_000_000,
            clusterAddress: configuration.advertise ?? configuration.clusterHost, monitor: monitor)
        let cluster = try await HTTPServer.start(
            HTTPServer.Configuration(host: configuration.clusterHost, port: configuration.clusterPort),
            responder: ClusterRoutes(member: member, secret: configuration.secret))
        return RouterRole(
            server: server, admin: admin, cluster: cluster, monitor: monitor,
            monitoring: Task { await monitor.run() })
    }

    func stop(grace: Duration) async {
        await server.shutDown(grace: grace)
        monitoring.cancel()
        await admin.shutDown()
        await cluster.shutDown()
    }

    /// The monitor is there before the server that its news are for.
    private final class LateServer: Sendable {
        private let server = Mutex<RouterServer?>(nil)
        var value: RouterServer? { server.withLock { $0 } }
        func set(_ value: RouterServer) { server.withLock { $0 = value } }
    }
}
