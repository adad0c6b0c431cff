// SPDX-License-Identifier: Apache-2.0

import HTTPService
package import Logging
package import ServiceRole
package import TileService

/// A render node: tiles of documents, and nothing that cannot be lost.
package enum RenderNodeRole {
    package static func start(
        _ configuration: ServiceRole.Configuration, service: DocumentService, routes: DocumentRoutes.Configuration,
        metricsText: @escaping @Sendable () -> String, logger: Logger
    ) async throws -> ServiceRole {
        try await ServiceRole.start(
            configuration, service: service, metricsText: metricsText, logger: logger
        ) { role in
            NodeRoutes(
                documents: DocumentRoutes(service: service, configuration: routes),
                prefetch: PrefetchRoute(service: service, warming: role.warming),
                health: HealthRoutes(isReady: role.isReady, metricsText: role.metricsText))
        }
    }
}
