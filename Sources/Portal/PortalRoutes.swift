// SPDX-License-Identifier: Apache-2.0

import Access
import Archive
import Cluster
package import HTTPService
import NIOCore
package import NIOHTTP1
import ServiceRole
import TileModel
import TileService

/// The public face: documents list, viewer, manifest, structure with the preview. Everything else a document has it answers as
/// a node does.
package struct PortalRoutes: HTTPResponder {
    private let documents: DocumentRoutes
    private let service: DocumentService
    private let prefetch: PrefetchRoute
    private let health: HealthRoutes
    private let viewer: ViewerFiles
    private let copies: DocumentCopies
    private let changes: ChangeFeed
    private let writing: DocumentWriting

    init(
        documents: DocumentRoutes, service: DocumentService, prefetch: PrefetchRoute, health: HealthRoutes,
        viewer: ViewerFiles, copies: DocumentCopies, writing: DocumentWriting
    ) {
        self.documents = documents
        self.prefetch = prefetch
        self.service = service
        self.health = health
        self.viewer = viewer
        self.copies = copies
        changes = ChangeFeed(service: service)
        self.writing = writing
    }

    package func takesStream(_ method: HTTPMethod, target: String) -> Bool {
        method == .PUT && RequestTarget(target).path.hasPrefix("/documents/")
    }

    package func respond(to request: HTTPRequest) -> HTTPReply {
        if let reply = health.respond(to: request) ?? documents.respond(to: request) { return reply }
        return (prefetch.reply(to: request) ?? site(request)).counted(as: .site)
    }

    private func site(_ request: HTTPRequest) -> HTTPReply {
        let segments = request.segments
        if request.method == .PUT || request.method == .DELETE, segments.first == "documents", segments.count == 2 {
            return writing.respond(to: request, segment: segments[1]) {
                documents.isOwn(origin: $0, of: request)
            }
        }
        guard request.method == .GET || request.method == .HEAD else {
            return .now(Problem.methodNotAllowed("GET or HEAD").answer)
        }
        switch (segments.first, segments.count) {
        case ("", 1): return .now(viewer.page("index.html", request))
        case ("view", 2):
            // The page itself asks for the document and shows what is wrong with it.
            return .now(viewer.page("view.html", request))
        case ("viewer", 2): return .now(viewer.file(segments[1], request))
        case ("favicon.ico", 1): return .now(viewer.file("recto.svg", request))
        case ("documents", 1): return list(request)
        case ("changes", 1): return changes.respond(to: request, base: documents.baseURL(request))
        case ("documents", 3) where segments[2] == "copies": return copies(request, segments[1])
        default: return .now(Problem.notFound.answer)
        }
    }

    // MARK: The list of documents

    private static let mostListed = 1000

    private func list(_ request: HTTPRequest) -> HTTPReply {
        do {
            let grant = try service.access.decide(
                AccessRequest(right: .list, document: nil, caller: service.caller(request)))
            guard let limit = Int(request.query("limit") ?? "100"), (1...Self.mostListed).contains(limit) else {
                throw Problem(
                    "malformed-query", .badRequest, "The query is malformed.",
                    detail: "“limit” is a number from 1 to \(Self.mostListed).")
            }
            let prefix = Array((request.query("prefix") ?? "").utf8)
            // The cursor is the percent-encoded name after which to go on: names need not be UTF-8.
            let cursor = try request.query("cursor").map { try PercentEncoding.decode($0.utf8) }
            return .later { [service] in
                do {
                    let listing = try await service.archive.list(
                        prefix: prefix, cursor: cursor, limit: limit, for: grant.caller)
                    return .json(Self.json(listing))
                } catch {
                    return service.problem(error).answer
                }
            }
        } catch {
            return .now(service.problem(error).answer)
        }
    }

    private static func json(_ listing: ArchiveListing) -> JSON {
        .compact([
            (
                "documents",
                .array(
                    listing.objects.map { object in
                        .compact([
                            ("id", .string(object.document.displayName)),
                            ("path", .string(object.document.pathSegment)),
                            ("size", .optional(object.size)),
                            ("modified", .optional(object.modified.map(Timestamp.text))),
                        ])
                    })
            ),
            ("cursor", .optional(listing.next.map(PercentEncoding.encode))),
        ])
    }

    // MARK: Copies in the cluster

    private func copies(_ request: HTTPRequest, _ segment: Substring) -> HTTPReply {
        do {
            let reference = try DocumentReference(pathSegment: segment.utf8)
            let grant = try service.access.decide(
                AccessRequest(right: .view, document: reference.document, caller: service.caller(request)))
            return .later { [copies, service] in
                do {
                    if grant.caller != nil { _ = try await service.resolve(reference, grant) }
                    return await copies.answer(for: reference.document)
                } catch {
                    return service.problem(error).answer
                }
            }
        } catch {
            return .now(service.problem(error).answer)
        }
    }
}
