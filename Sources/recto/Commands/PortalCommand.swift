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

    @OptionGroup var member: MemberOptions

    func run() async throws {
        let signals = try Signals()
        let id = member.cluster.memberID("portal")
        let secret = try member.cluster.secret()
        let peers = member.service.blocks.peers(id, secret)
        var configuration = try member.configuration(.portal, id: id, secret: secret)
        configuration.peers = peers
        let (logger, registry) = member.logging.bootstrap(member: id)
        let documents = try await Composition.service(
            member.service, member: id, workers: member.service.chosenWorkers ?? 1, peers: peers,
            logger: logger)
        ArchiveOptions.noteLocalFolders(of: documents.archive, joins: member.join, logger)
        do {
            let role = try await PortalRole.start(
                configuration, service: documents, routes: member.service.routes,
                programFolder: Machine.programFolder,
                uploadLimit: member.service.archives.uploadLimit << 20, metricsText: { registry.text }, logger: logger)
            role.logListening(logger)
            await role.serve(until: signals)
        } catch let failure as HTTPServer.BindFailure {
            throw Failure(failure.description)
        } catch let missing as ViewerFiles.Missing {
            throw Failure(missing.description)
        }
    }
}
