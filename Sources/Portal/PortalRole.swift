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
    /// - Parameters:
    ///   - programFolder: where the viewer's files lie.
    ///   - uploadLimit: of a document that is written, in bytes.
    package static func start(
        _ configuration: ServiceRole.Configuration, service: DocumentService, routes: DocumentRoutes.Configuration,
        programFolder: String, uploadLimit: Int,
        metricsText: @escaping @Sendable () -> String, logger: Logger
    ) async throws -> ServiceRole {
        let viewer = try ViewerFiles(programFolder: programFolder)
        return try await ServiceRole.start(
            configuration, service: service, metricsText: metricsText, logger: logger
        ) { role in
            let documents = DocumentRoutes(
                service: service, configuration: routes,
                // The owner opens the document while the reader still looks at the first page.
                onOpen: { request, document in role.warming(document, for: request) })
            return PortalRoutes(
                documents: documents, service: service,
                prefetch: PrefetchRoute(service: service, warming: role.warming),
                health: HealthRoutes(isReady: role.isReady, metricsText: role.metricsText), viewer: viewer,
                copies: DocumentCopies(client: role.client, own: role.holding, others: role.members),
                writing: DocumentWriting(
                    service: service, limit: uploadLimit,
                    purgeElsewhere: PurgeElsewhere(
                        client: role.client, id: configuration.id, members: role.members, logger: logger)))
        }
    }
}
