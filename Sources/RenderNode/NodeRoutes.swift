// SPDX-License-Identifier: Apache-2.0

package import HTTPService
import NIOHTTP1
package import ServiceRole
package import TileService

/// The public side of a render node.
package struct NodeRoutes: HTTPResponder {
    private let documents: DocumentRoutes
    private let prefetch: PrefetchRoute
    private let health: HealthRoutes

    package init(documents: DocumentRoutes, prefetch: PrefetchRoute, health: HealthRoutes) {
        self.documents = documents
        self.prefetch = prefetch
        self.health = health
    }

    package func respond(to request: HTTPRequest) -> HTTPReply {
        health.respond(to: request) ?? documents.respond(to: request) ?? prefetch.reply(to: request)
            ?? .now(Problem.notFound.answer)
    }
}
