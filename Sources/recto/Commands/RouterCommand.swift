// SPDX-License-Identifier: Apache-2.0

import Affinity
import ArgumentParser
import HTTPService
import Logging
import Observability
import Router

struct RouterCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "router", abstract: "Runs one router of a cluster, the front door.")

    @OptionGroup var cluster: ClusterOptions
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

    @Option(
        help: "How requests are spread over the nodes: \(RoutingPolicies.all.map { $0.name }.joined(separator: ", ")).")
    var policy: String = Environment.value("policy", RoutingPolicies.default)

    @Option(help: "HOST:PORT of a member's cluster port that need not announce itself; may be repeated.")
    var member: [String] = Environment.list("member")

    @Option(
        parsing: .upToNextOption, help: "Addresses of proxies in front whose word on the client's address is taken.")
    var trustedProxies: [String] = Environment.list("trusted-proxies")

    func validate() throws {
        try Ports.validate(port, adminPort)
        guard RoutingPolicies.named(policy) != nil else {
            throw ValidationError(
                "--policy is one of \(RoutingPolicies.all.map { $0.name }.joined(separator: ", ")).")
        }
    }

    func run() async throws {
        let signals = try Signals()
        let id = cluster.memberID("router")
        let secret = try cluster.secret()
        let (logger, registry) = logging.bootstrap(member: id)
        Build.announce(rendering: "")
        var router = RouterConfiguration(host: host, port: port)
        router.trustedProxies = Set(trustedProxies)
        var configuration = RouterRole.Configuration(
            id: id, router: router, adminHost: adminHost, adminPort: adminPort, clusterHost: clusterHost,
            clusterPort: cluster.clusterPort, advertise: cluster.advertise ?? Environment.optional("advertise"),
            secret: secret, policy: RoutingPolicies.named(policy) ?? DocumentPolicy.self)
        configuration.staticMembers = member.isEmpty ? [] : try JoinAddress.parse(member)
        do {
            let role = try await RouterRole.start(
                configuration, scaler: nil, metricsText: { registry.text }, logger: logger)
            logger.info(
                "listening",
                metadata: [
                    "url": "\(role.server.url)", "admin": "\(role.admin.url)", "cluster": "\(role.cluster.url)",
                ])
            await signals.wait()
            await role.stop(grace: .seconds(10))
        } catch let failure as HTTPServer.BindFailure {
            throw Failure(failure.description)
        }
    }
}
