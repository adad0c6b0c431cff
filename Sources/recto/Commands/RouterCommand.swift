// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Cluster
import HTTPService
import Logging
import Observability
import Router

struct RouterCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "router", abstract: "Runs one router of a cluster, the front door.")

    @OptionGroup var cluster: ClusterOptions
    @OptionGroup var discovery: DiscoveryOptions
    @OptionGroup var health: HealthOptions
    @OptionGroup var logging: LogOptions

    @Option(help: "The address to listen at.")
    var host: String = Environment.value("host", "127.0.0.1")

    @Option(help: "The port that browsers use; 0: any free one.")
    var port: Int = Environment.value("port", 8080)

    @Option(help: "The address of the admin port.")
    var adminHost: String = Environment.value("admin-host", "127.0.0.1")

    @Option(help: "The port of “recto status”; 0: any free one.")
    var adminPort: Int = Environment.value("admin-port", 8081)

    @Option(help: "The address of the cluster port.")
    var clusterHost: String = Environment.value("cluster-host", "127.0.0.1")

    @OptionGroup var routing: RoutingOptions
    @OptionGroup var limits: LimitOptions

    @Option(help: "HOST:PORT of a member's cluster port: short for --discover static:HOST:PORT. May be repeated.")
    var member: [String] = Environment.list("member")

    @Option(
        parsing: .upToNextOption, help: "Addresses of proxies in front whose word on the client's address is taken.")
    var trustedProxies: [String] = Environment.list("trusted-proxies")

    @Flag(help: "Let another router listen at the same ports: the one that this one replaces, or is replaced by.")
    var reusePort = Environment.flag("reuse-port")

    func validate() throws {
        try Ports.validate(port, adminPort)
    }

    func run() async throws {
        let signals = try Signals()
        limits.chooseThreads()
        let id = cluster.memberID("router")
        let secret = try cluster.secret()
        let (logger, registry) = logging.bootstrap(member: id)
        Build.announce(rendering: "")
        var router = RouterConfiguration(host: host, port: port)
        router.trustedProxies = Set(trustedProxies)
        router.sharesPort = reusePort
        routing.apply(to: &router)
        limits.apply(to: &router)
        var configuration = RouterRole.Configuration(
            id: id, router: router, adminHost: adminHost, adminPort: adminPort, clusterHost: clusterHost,
            clusterPort: cluster.clusterPort, advertise: cluster.advertise ?? Environment.optional("advertise"),
            secret: secret, policies: routing.policies)
        configuration.staticMembers = try JoinAddress.parse(member)
        configuration.discoveries = try discovery.sources()
        configuration.health = health.configuration
        routing.apply(to: &configuration.health)
        do {
            let role = try await RouterRole.start(
                configuration, scaler: nil, metricsText: { registry.text }, logger: logger)
            logger.info(
                "listening",
                metadata: [
                    "url": "\(role.server.url)", "admin": "\(role.admin.url)", "cluster": "\(role.cluster.url)",
                ])
            await signals.wait()
            await role.stop(grace: .seconds(10), farewell: .seconds(1))
        } catch let failure as HTTPServer.BindFailure {
            throw Failure(failure.description)
        }
    }
}
