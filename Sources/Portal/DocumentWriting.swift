// SPDX-License-Identifier: Apache-2.0

import Access
import Archive
import HTTPService
import NIOCore
import NIOHTTP1
import TileModel
import TileService

/// `PUT` and `DELETE /documents/{document}`, where the portal was started with `--writable`.
struct DocumentWriting: Sendable {
    private let service: DocumentService
    private let limit: Int
    private let purgeElsewhere: PurgeElsewhere

    /// - Parameter limit: of one document, in bytes.
    init(service: DocumentService, limit: Int, purgeElsewhere: PurgeElsewhere) {
        self.service = service
        self.limit = limit
        self.purgeElsewhere = purgeElsewhere
    }

    /// - Parameter isOwn: whether a page of that origin is one of ours.
    func respond(to request: HTTPRequest, segment: Substring, isOwn: (String) -> Bool) -> HTTPReply {
        do {
            // Browsers say on which page a script runs; tools say nothing.
            guard request.headers["Origin"].allSatisfy(isOwn) else {
                throw Problem("forbidden", .forbidden, "Pages of other origins may change nothing here.")
            }
            let reference = try DocumentReference(pathSegment: segment.utf8)
            guard reference.version == nil else {
                throw Problem("malformed-document-id", .badRequest, "A version cannot be written to.")
            }
            let document = reference.document
            _ = try service.access.decide(
                AccessRequest(right: .write, document: document, caller: service.caller(request)))
            let condition = try Self.condition(request.headers)
            return .later {
                do {
                    let isPut = request.method == .PUT
                    return isPut ? try await put(document, request, condition) : try await delete(document, condition)
                } catch {
                    return service.problem(error, request: request.id).answer
                }
            }
        } catch {
            return .now(service.problem(error).answer)
        }
    }

    /// The conditions of RFC 9110, section 13. A document's entity tag is its version.
    static func condition(_ headers: HTTPHeaders) throws(Problem) -> WriteCondition {
        let absent = headers[canonicalForm: "If-None-Match"]
        let present = headers[canonicalForm: "If-Match"]
        if absent.isEmpty, present.isEmpty { return .none }
        if absent == ["*"], present.isEmpty { return .absent }
        if present == ["*"], absent.isEmpty { return .present }
        let versions = present.map { tag in
            tag.hasPrefix("\"") && tag.hasSuffix("\"") ? try? DocumentVersion(String(tag.dropFirst().dropLast())) : nil
        }
        guard absent.isEmpty else {
            throw Problem(
                "malformed-condition", .badRequest, "The condition of the request is not understood.",
                detail: "Use If-Match with a version, If-Match: * or If-None-Match: *.")
        }
        // A tag that cannot be one of ours matches nothing.
        return .versions(versions.compactMap { $0 })
    }

    private func put(_ document: DocumentID, _ request: HTTPRequest, _ condition: WriteCondition) async throws
        -> HTTPAnswer
    {
        guard !request.headers.contains(name: "Content-Range") else {
            throw Problem("malformed-request", .badRequest, "A document is written whole.")
        }
        if let length = request.headers.first(name: "Content-Length").flatMap({ Int($0) }), length > limit {
            throw ArchiveError.tooLarge(limit: limit)
        }
        let content = try SpooledFile(limit: limit)
        if let stream = request.stream {
            for try await piece in stream { try await content.append(piece) }
        } else {
            try await content.append(request.body)
        }
        let isNew = try await !exists(document)
        let object = try await service.archive.put(document, content, condition)
        await purge(document)
        var answer = HTTPAnswer.json(Self.json(object), status: isNew ? .created : .ok)
        answer.headers.add(name: "ETag", value: "\"\(object.version.value)\"")
        answer.headers.add(name: "Location", value: "/documents/\(document.pathSegment)/structure")
        return answer
    }

    private func exists(_ document: DocumentID) async throws -> Bool {
        do { _ = try await service.archive.stat(document) } catch ArchiveError.notFound { return false }
        return true
    }

    private func delete(_ document: DocumentID, _ condition: WriteCondition) async throws -> HTTPAnswer {
        try await service.archive.delete(document, condition)
        await purge(document)
        return HTTPAnswer(status: .noContent)
    }

    /// Whoever is told that it is written finds it so, whichever member is asked.
    private func purge(_ document: DocumentID) async {
        async let elsewhere: Void = purgeElsewhere(document)
        await service.purge(.document(document))
        await elsewhere
    }

    private static func json(_ object: ArchiveObject) -> JSON {
        .object([
            ("id", .string(object.document.displayName)), ("path", .string(object.document.pathSegment)),
            ("version", .string(object.version.value)), ("size", .int(object.size)),
        ])
    }
}
