// SPDX-License-Identifier: Apache-2.0

import Access
package import HTTPService
import NIOHTTP1
import TileModel
package import TileService

/// `POST /documents/{document}/prefetch`: the owner opens the document before anybody asks for it. Needs the same right as
/// viewing, and a document that exists.
package struct PrefetchRoute: Sendable {
    private let service: DocumentService
    private let warming: OwnerWarming

    package init(service: DocumentService, warming: OwnerWarming) {
        self.service = service
        self.warming = warming
    }

    /// The reply, or nil where the path is another.
    package func reply(to request: HTTPRequest) -> HTTPReply? {
        let segments = request.segments
        guard segments.count == 3, segments[0] == "documents", segments[2] == "prefetch" else { return nil }
        return respond(to: request)
    }

    private func respond(to request: HTTPRequest) -> HTTPReply {
        guard request.method == .POST else { return .now(Problem.methodNotAllowed("POST").answer) }
        do {
            let reference = try DocumentReference(pathSegment: request.segments[1].utf8)
            let grant = try service.access.decide(AccessRequest(right: .view, document: reference.document))
            return .later { [service, warming] in
                do {
                    let document = try await service.resolve(reference, grant).pinned
                    warming.orHere(document, for: request)
                    return .json(.object([("document", .string(document.pathSegment))]), status: .accepted)
                } catch {
                    return service.problem(error, request: request.id).answer
                }
            }
        } catch {
            return .now(service.problem(error, request: request.id).answer)
        }
    }
}
