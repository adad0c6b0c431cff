// SPDX-License-Identifier: Apache-2.0

import Access
import Archive
import Cluster
import FoundationEssentials
package import HTTPService
import NIOCore
import NIOHTTP1
import TileModel
package import TileService

/// The public face: documents list, viewer, manifest, structure with the preview. Everything else a document has it answers as
/// a node does.
package struct PortalRoutes: HTTPResponder {
    private let documents: DocumentRoutes
    private let service: DocumentService
    private let health: HealthRoutes
    private let viewer: ViewerFiles
    private let copies: DocumentCopies

    package init(
        documents: DocumentRoutes, service: DocumentService, health: HealthRoutes, viewer: ViewerFiles,
        copies: DocumentCopies
    ) {
        self.documents = documents
        self.service = service
        self.health = health
        self.viewer = viewer
        self.copies = copies
    }

    package func respond(to request: HTTPRequest) -> HTTPReply {
        if let reply = health.respond(to: request) ?? documents.respond(to: request) { return reply }
        return site(request).counted(as: .site)
    }

    private func site(_ request: HTTPRequest) -> HTTPReply {
        guard request.method == .GET || request.method == .HEAD else {
            return .now(Problem.methodNotAllowed("GET or HEAD").answer)
        }
        let segments = request.segments
        switch (segments.first, segments.count) {
        case ("", 1): return .now(viewer.page("index.html", request))
        case ("view", 2):
            // The page itself asks for the document and shows what is wrong with it.
            return .now(viewer.page("view.html", request))
        case ("viewer", 2): return .now(viewer.file(segments[1], request))
        case ("favicon.ico", 1): return .now(viewer.file("recto.svg", request))
        case ("documents", 1): return list(request)
        case ("documents", 3) where segments[2] == "copies": return copies(request, segments[1])
        default: return .now(Problem.notFound.answer)
        }
    }

    // MARK: The list of documents

    private static let mostListed = 1000

    private func list(_ request: HTTPRequest) -> HTTPReply {
        do {
            _ = try service.access.decide(AccessRequest(right: .list, document: nil))
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
                    let listing = try await service.archiveMetrics.measure(.list) {
                        try await service.archive.list(prefix: prefix, cursor: cursor, limit: limit)
                    }
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
                        .object([
                            ("id", .string(object.document.displayName)),
                            ("path", .string(object.document.pathSegment)),
                            ("size", .int(object.size)),
                            ("modified", .string(timestamp(object.modified))),
                        ])
                    })
            ),
            ("cursor", .optional(listing.next.map(PercentEncoding.encode))),
        ])
    }

    /// RFC 3339, in UTC, to the second.
    private static func timestamp(_ seconds: Double) -> String {
        Date(timeIntervalSince1970: seconds.rounded(.down)).formatted(.iso8601)
    }

    // MARK: Copies in the cluster

    private func copies(_ request: HTTPRequest, _ segment: Substring) -> HTTPReply {
        do {
            let reference = try DocumentReference(pathSegment: segment.utf8)
            _ = try service.access.decide(AccessRequest(right: .view, document: reference.document))
            return .later { [copies] in await copies.answer(for: reference.document) }
        } catch {
            return .now(service.problem(error).answer)
        }
    }
}
