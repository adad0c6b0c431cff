// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Cluster
import HTTPService
import Logging
import Observability
import RenderNode
import ServiceRole
import TileService

struct NodeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "node", abstract: "Runs one render node of a cluster.")

    @OptionGroup var service: ServiceOptions
    @OptionGroup var cluster: ClusterOptions
    @OptionGroup var logging: LogOptions

    @Option(help: "The address to listen at.")
    var host: String = Environment.value("host", "127.0.0.1")

    @Option(help: "The port of tiles; 0: any free one.")
    var port: Int = Environment.value("port", 8280)

    @Option(help: "HOST:PORT of a router's cluster port; may be repeated, a name stands for all its addresses.")
    var join: [String] = Environment.list("join")

    @Option(help: "Seconds that draining may take.")
    var drainDeadline: Double = Environment.value("drain-deadline", 20)

    @Flag(help: .hidden)
    var supervised = false

    func validate() throws {
        try service.archives.requireArchive()
        try Ports.validate(port)
        try Ports.validate(drainDeadline: drainDeadline)
    }

    func run() async throws {
        let signals = try Signals()
        let secret = try supervised ? ControlSocket.takeSecret() : cluster.secret()
        let id = cluster.memberID("node")
        let (logger, registry) = logging.bootstrap(member: id)
        let documents = try await Composition.service(
            service, member: id, workers: service.chosenWorkers ?? Machine.cores, logger: logger)
        ArchiveOptions.noteLocalFolders(of: documents.archive, joins: join, logger)
        var configuration = ServiceRole.Configuration(
            id: id, role: .node, host: host, port: port, clusterPort: cluster.clusterPort,
            advertise: cluster.advertise ?? Environment.optional("advertise"), joins: try JoinAddress.parse(join),
            secret: secret)
        configuration.drainDeadline = .seconds(drainDeadline)
        do {
            let role = try await RenderNodeRole.start(
                configuration, service: documents, routes: service.routes,
                metricsText: { registry.text }, logger: logger)
            if !supervised {
                logger.info(
                    "listening", metadata: ["url": "\(role.server.url)", "cluster": "\(role.clusterAddress)"])
            }
            await role.serve(until: signals)
        } catch let failure as HTTPServer.BindFailure {
            throw Failure(failure.description)
        }
    }
}

extension ServiceRole {
    /// Serves until a signal or the cluster port asks the member to drain, then drains and stops.
    func serve(until signals: Signals) async {
        Task {
            await signals.wait()
            drain()
        }
        await untilDraining()
        await drainAndStop()
    }
}
