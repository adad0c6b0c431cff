// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Cluster
import HTTPService
import Logging
import Observability
import Portal
import ServiceRole
import TileService

struct PortalCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "portal", abstract: "Runs one portal of a cluster.")

    @OptionGroup var service: ServiceOptions
    @OptionGroup var cluster: ClusterOptions
    @OptionGroup var logging: LogOptions

    @Option(help: "The address to listen at.")
    var host: String = Environment.value("host", "127.0.0.1")

    @Option(help: "The port of structure, first pages and the viewer; 0: any free one.")
    var port: Int = Environment.value("port", 8180)

    @Option(help: "HOST:PORT of a router's cluster port; may be repeated, a name stands for all its addresses.")
    var join: [String] = Environment.list("join")

    @Option(help: "Seconds that draining may take.")
    var drainDeadline: Double = Environment.value("drain-deadline", 20)

    func validate() throws {
        try service.archives.requireArchive()
        try Ports.validate(port)
        try Ports.validate(drainDeadline: drainDeadline)
    }

    func run() async throws {
        let signals = try Signals()
        let secret = try cluster.secret()
        let id = cluster.memberID("portal")
        let joins = try JoinAddress.parse(join)
        let (logger, registry) = logging.bootstrap(member: id)
        let documents = try await Composition.service(
            service, member: id, workers: service.chosenWorkers ?? 1, logger: logger)
        ArchiveOptions.noteLocalFolders(of: documents.archive, joins: join, logger)
        var configuration = ServiceRole.Configuration(
            id: id, role: .portal, host: host, port: port, clusterPort: cluster.clusterPort,
            advertise: cluster.advertise ?? Environment.optional("advertise"), joins: joins, secret: secret)
        configuration.drainDeadline = .seconds(drainDeadline)
        do {
            let role = try await PortalRole.start(
                configuration, service: documents, routes: service.routes,
                programFolder: Machine.programFolder,
                uploadLimit: service.archives.uploadLimit << 20, metricsText: { registry.text }, logger: logger)
            logger.info("listening", metadata: ["url": "\(role.server.url)", "cluster": "\(role.clusterAddress)"])
            await role.serve(until: signals)
        } catch let failure as HTTPServer.BindFailure {
            throw Failure(failure.description)
        } catch let missing as ViewerFiles.Missing {
            throw Failure(missing.description)
        }
    }
}
