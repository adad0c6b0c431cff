// SPDX-License-Identifier: Apache-2.0

import Access
import Affinity
import Cluster
import Glibc
import HTTPService
import Logging
import Router
import ServiceRole
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
        var discoveries: [DiscoverySource] = []
        var health = HealthMonitor.Configuration()
        var policies: RoutePolicies
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
        let running = Late<RouterServer>()
        let routing = Late<RouterCore>()
        let monitor = HealthMonitor(
            configuration: configuration.health, client: client, staticMembers: configuration.staticMembers,
            logger: logger,
            routing: { routing.value?.routing ?? HealthMonitor.Routing(policy: DocumentPolicy(), settings: 0) },
            onUnreachable: { member in running.value?.memberUnreachable(member.address) })
        let core = RouterCore(
            configuration: configuration.router, monitor: monitor, policies: configuration.policies, logger: logger)
        routing.set(core)
        let currentMetrics = { @Sendable in
            core.recordMetrics()
            return metricsText()
        }
        let routes = HealthRoutes(
            isReady: { monitor.view.nodes.readyCount + monitor.view.portals.readyCount > 0 },
            metricsText: currentMetrics)
        if configuration.router.sharesPort { await takeOver(configuration, client, monitor) }
        let server = try await RouterServer.start(
            core: core, local: HTTPHandler { routes.respond(to: $0) ?? .now(Problem.notFound.answer) })
        running.set(server)
        let admin = try await HTTPServer.start(
            HTTPServer.Configuration(
                host: configuration.adminHost, port: configuration.adminPort,
                sharesPort: configuration.router.sharesPort),
            responder: AdminRoutes(core: core, client: client, scaler: scaler, metricsText: currentMetrics))
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        // The port is bound first: the member names it.
        let late = LateResponder()
        let cluster = try await HTTPServer.start(
            HTTPServer.Configuration(
                host: configuration.clusterHost, port: configuration.clusterPort,
                sharesPort: configuration.router.sharesPort),
            responder: late)
        let member = RouterMember(
            id: configuration.id, incarnation: now.tv_sec * 1000 + now.tv_nsec / 1_000_000,
            clusterAddress:
                "\(HostAndPort(host: configuration.advertise ?? configuration.clusterHost, port: cluster.port))",
            monitor: monitor)
        late.set(ClusterRoutes(member: member, secret: configuration.secret))
        return RouterRole(
            server: server, admin: admin, cluster: cluster, monitor: monitor,
            monitoring: Task {
                await withTaskGroup(of: Void.self) { group in
                    for source in configuration.discoveries {
                        let loop = DiscoveryLoop(source, logger: logger) { monitor.listed($0, by: source.name) }
                        group.addTask { await loop.run() }
                    }
                    group.addTask { await monitor.run() }
                }
            })
    }

    /// - Parameter farewell: for so long clients may still use the connections that they have.
    func stop(grace: Duration, farewell: Duration = .zero) async {
        // Members turn to the router that comes after, where there is one at the same port.
        await cluster.shutDown()
        await admin.shutDown()
        await server.shutDown(grace: grace, farewell: farewell)
        monitoring.cancel()
    }

    /// Learns the members from the router that is being replaced, if there is one: clients shall not come before them.
    private static func takeOver(
        _ configuration: Configuration, _ client: ClusterClient, _ monitor: HealthMonitor
    ) async {
        let host = ["0.0.0.0", "::", "*"].contains(configuration.clusterHost) ? "127.0.0.1" : configuration.clusterHost
        let predecessor = HostAndPort(host: host, port: configuration.clusterPort).description
        let members = (try? await client.members(of: predecessor, timeout: .seconds(1))) ?? []
        await withTaskGroup(of: Void.self) { group in
            for member in members {
                group.addTask { await monitor.introduced(member.clusterAddress) }
            }
        }
    }

    /// The monitor is there before those whom its news are for.
    private final class Late<Value: Sendable>: Sendable {
        private let held = Mutex<Value?>(nil)
        var value: Value? { held.withLock { $0 } }
        func set(_ value: Value) { held.withLock { $0 = value } }
    }
}
