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

    @OptionGroup var member: MemberOptions
    @OptionGroup var share: ShareOptions

    @Flag(help: .hidden)
    var supervised = false

    func run() async throws {
        let signals = try Signals()
        let control = try supervised ? ControlSocket() : nil
        let secret = try control?.secret ?? member.cluster.secret()
        let id = member.cluster.memberID("node")
        var configuration = try member.configuration(.node, id: id, secret: secret)
        configuration.weight = share.chosenWeight
        let peers = member.service.blocks.peers(id, secret)
        configuration.peers = peers
        let (logger, registry) = member.logging.bootstrap(member: id)
        let documents = try await Composition.service(
            member.service, member: id, workers: member.service.chosenWorkers ?? Machine.cores,
            peers: peers, logger: logger)
        control?.whenWorkersChange { documents.renderAtATime($0) }
        ArchiveOptions.noteLocalFolders(of: documents.archive, joins: member.join, logger)
        do {
            let role = try await RenderNodeRole.start(
                configuration, service: documents, routes: member.service.routes,
                metricsText: { registry.text }, logger: logger)
            if !supervised { role.logListening(logger) }
            await role.serve(until: signals)
        } catch let failure as HTTPServer.BindFailure {
            throw Failure(failure.description)
        }
    }
}

extension ServiceRole {
    func logListening(_ logger: Logger) {
        logger.info("listening", metadata: ["url": "\(server.url)", "cluster": "\(clusterAddress)"])
    }

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
