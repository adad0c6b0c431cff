// SPDX-License-Identifier: Apache-2.0

import Access
import ArgumentParser
import Cluster
import Glibc
import HTTPService
import Logging
import Observability
import Portal
import Router
import ServiceRole

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Runs the whole cluster on this machine.",
        discussion: """
            Router and portal run in this process, each render node in a process of its own. Nodes are added and removed \
            with “recto scale N” while people read.
            """)

    @OptionGroup var service: ServiceOptions
    @OptionGroup var scaling: AutoscaleOptions
    @OptionGroup var health: HealthOptions
    @OptionGroup var logging: LogOptions

    @Option(help: "The address to listen at.")
    var host: String = Environment.value("host", "127.0.0.1")

    @Option(help: "The port that browsers use; 0: any free one.")
    var port: Int = Environment.value("port", 8080)

    @Option(help: "The port of “recto scale” and “recto status”, on the loopback address; 0: any free one.")
    var adminPort: Int = Environment.value("admin-port", 8081)

    @OptionGroup var routing: RoutingOptions
    @OptionGroup var limits: LimitOptions

    @Option(
        parsing: .upToNextOption, help: "Addresses of proxies in front whose word on the client's address is taken.")
    var trustedProxies: [String] = Environment.list("trusted-proxies")

    @Flag(help: "Print the addresses as one line of JSON.")
    var json = Environment.flag("json")

    private static let portal = "portal-1"

    /// SIGTERM to the end in less than 5 s.
    private static let nodeDrain: Duration = .seconds(3)

    func validate() throws {
        try service.archives.requireArchive()
        try Ports.validate(port, adminPort)
    }

    func run() async throws {
        let signals = try Signals()
        limits.chooseThreads()
        let (logger, registry) = logging.bootstrap(member: "serve")
        let secret = ClusterSecret.random()
        let supervisor = LateScaler()
        let peers = service.blocks.peers(Self.portal, secret)
        do {
            // The portal's workers start while the router binds: both are needed for the first page.
            async let portalService = Composition.service(
                service, member: Self.portal, workers: service.chosenWorkers ?? 1, members: members, peers: peers,
                logger: logger)
            let router = try await RouterRole.start(
                routerConfiguration(secret), scaler: supervisor, metricsText: { registry.text }, logger: logger)
            let documents = try await portalService

            let join = "127.0.0.1:\(router.cluster.port)"
            let nodeSupervisor = NodeSupervisor(
                arguments: nodeArguments(join), secrets: service.tiers.secrets, secret: secret, logger: logger)
            let autoscaler = Autoscaler(
                scaling.controller, supervisor: nodeSupervisor, monitor: router.monitor,
                workersPerNode: { [self] in workers(nodes: $0) }, logger: logger)
            supervisor.set(autoscaler)
            let scaling = Task { await autoscaler.run() }

            var portalConfiguration = ServiceRole.Configuration(
                id: Self.portal, role: .portal, host: "127.0.0.1", port: 0, clusterPort: 0, joins: [join],
                secret: secret)
            portalConfiguration.drainDeadline = .seconds(1)
            portalConfiguration.peers = peers
            let portal = try await PortalRole.start(
                portalConfiguration, service: documents, routes: service.routes,
                programFolder: Machine.programFolder,
                uploadLimit: service.archives.uploadLimit << 20, metricsText: { registry.text }, logger: logger)

            // Whoever stops us while nodes still start is not kept waiting for them.
            let announcing = Task { [self] in
                await untilReady(router, nodes: self.scaling.start)
                if !Task.isCancelled { announce(router) }
            }
            await signals.wait()
            announcing.cancel()
            scaling.cancel()
            await scaling.value

            RectoMain.complain("recto: stopping\n")
            await nodeSupervisor.stop(deadline: Self.nodeDrain + .milliseconds(500))
            await portal.drainAndStop()
            await router.stop(grace: .milliseconds(100))
        } catch let failure as HTTPServer.BindFailure {
            throw Failure(failure.description)
        } catch let missing as ViewerFiles.Missing {
            throw Failure(missing.description)
        }
    }

    private func routerConfiguration(_ secret: ClusterSecret) -> RouterRole.Configuration {
        var router = RouterConfiguration(host: host, port: port)
        router.trustedProxies = Set(trustedProxies)
        routing.apply(to: &router)
        limits.apply(to: &router, uploads: service.archives.uploadLimit)
        var configuration = RouterRole.Configuration(
            id: "router-1", router: router, adminHost: "127.0.0.1", adminPort: adminPort, clusterHost: "127.0.0.1",
            clusterPort: 0, secret: secret, policies: routing.policies)
        configuration.health = health.configuration
        routing.apply(to: &configuration.health)
        return configuration
    }

    /// That share this machine: the portal and the nodes.
    private var members: Int { 1 + scaling.most }

    /// Of each of so many nodes, which divide the machine's processors.
    private func workers(nodes: Int) -> Int { service.chosenWorkers ?? max(1, Machine.cores / max(1, nodes)) }

    private func nodeArguments(_ join: String) -> @Sendable (String, Int) -> [String] {
        let budgets = service.budgets(members: members, workers: workers(nodes: scaling.most))
        var arguments = [
            "node", "--join", join, "--host", "127.0.0.1", "--port", "0",
            "--cluster-port", "0", "--worker-cache-size", "\(budgets.worker >> 20)",
            "--tile-cache", "\(budgets.tiles >> 20)",
            "--deadline", "\(service.deadline)", "--version-interval", "\(service.versionInterval)", "--sandbox",
            service.sandbox.rawValue, "--preview", service.preview.rawValue, "--log", logging.log.rawValue,
            "--log-level", logging.logLevel, "--drain-deadline", "\(Self.nodeDrain / .seconds(1))",
        ]
        arguments += service.archives.arguments + service.blocks.arguments + service.tiers.arguments
        if let url = service.chosenPublicURL { arguments += ["--public-url", url] }
        if let rights = service.chosenRights { arguments += ["--rights", rights] }
        // Side by side at the end, so that a node's process can be found by them.
        return { [arguments] id, workers in
            arguments + ["--workers", "\(workers)", "--supervised", "--id", id]
        }
    }

    /// Waits until portal and nodes take requests, but no longer than a user would.
    private func untilReady(_ router: RouterRole, nodes: Int) async {
        let deadline = ContinuousClock.now + .seconds(3)
        while ContinuousClock.now < deadline, !Task.isCancelled {
            let view = router.monitor.view
            if view.portals.readyCount >= 1, view.nodes.readyCount >= nodes { return }
            try? await Task.sleep(for: .milliseconds(10))
        }
    }

    private func announce(_ router: RouterRole) {
        let (url, admin) = (router.server.url, router.admin.url)
        if json {
            print("{\"url\":\"\(url)\",\"admin\":\"\(admin)\"}")
        } else {
            let suffix = admin == "http://127.0.0.1:8081" ? "" : " --admin \(admin)"
            print(
                """
                Recto is serving \(service.archives.archive.joined(separator: " ")) with \(scaling.start) render \(scaling.start == 1 ? "node" : "nodes").

                  Open      \(url)
                  Scale     \(Machine.programPath) scale 3\(suffix)
                  Look      \(Machine.programPath) status\(suffix)
                  Stop      Ctrl-C
                """)
        }
        fflush(nil)
    }
}
