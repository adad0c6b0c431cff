// SPDX-License-Identifier: Apache-2.0

import Cluster
import HTTPService
package import Logging
import NIOHTTP1
package import ServiceRole
import TileModel
package import TileService

/// A portal: opens documents, streams their structure, renders the first page.
package enum PortalRole {
    /// The header in which the router names the node that the document's other pages will be asked of.
    private static let ownerHeader = "Recto-Owner"

    /// - Parameter programFolder: where the viewer's files lie.
    package static func start(
        _ configuration: ServiceRole.Configuration, service: DocumentService, routes: DocumentRoutes.Configuration,
        programFolder: String,
        metricsText: @escaping @Sendable () -> String, logger: Logger
    ) async throws -> ServiceRole {
        let viewer = try ViewerFiles(programFolder: programFolder)
        return try await ServiceRole.start(
            configuration, service: service, metricsText: metricsText, logger: logger
        ) { role in
            let documents = DocumentRoutes(
                service: service, configuration: routes,
                onOpen: { request, document in warmOwner(of: document, request, role, logger) })
            return PortalRoutes(
                documents: documents, service: service,
                health: HealthRoutes(isReady: role.isReady, metricsText: role.metricsText), viewer: viewer,
                copies: DocumentCopies(client: role.client, own: role.holding, others: role.members))
        }
    }

    /// Has the owner open the document while the reader still looks at the first page.
    private static func warmOwner(
        of document: PinnedDocument, _ request: HTTPRequest, _ role: ServiceRole.Surroundings, _ logger: Logger
    ) {
        // The header names a member; its address comes from the membership, so that a forged header leads nowhere else.
        guard let owner = request.headers.first(name: ownerHeader),
            let member = role.members().first(where: { $0.id == owner && $0.role == .node })
        else { return }
        Task {
            do {
                try await role.client.warm(document.pathSegment, at: member.clusterAddress)
            } catch {
                logger.debug("the owner could not be warmed", metadata: ["node": "\(owner)", "error": "\(error)"])
            }
        }
    }
}
