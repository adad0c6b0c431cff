// SPDX-License-Identifier: Apache-2.0

import Access
import Archive
import Crypto
import FoundationEssentials
import HTTPService
import NIOCore
import NIOHTTP1
import TileModel
import TileService

/// `GET /changes`: what came into the archive or changed there, oldest first, as JSON Feed 1.1. Nothing is remembered: each
/// portal derives the same feed from the archive's listing.
struct ChangeFeed: Sendable {
    private let service: DocumentService
    private let watch: ChangeWatch
    private static let most = 1000

    /// In seconds. Listings tell times to the second, and clocks of archive and portal differ a little.
    private static let settling = 2.0

    init(service: DocumentService) {
        self.service = service
        watch = ChangeWatch(
            service.archive, interval: service.configuration.versionInterval,
            latest: { Date().timeIntervalSince1970 - Self.settling })
    }

    /// - Parameter base: the address at which clients reach the cluster.
    func respond(to request: HTTPRequest, base: String) -> HTTPReply {
        do {
            let grant = try service.access.decide(
                AccessRequest(right: .list, document: nil, caller: service.caller(request)))
            guard let limit = Int(request.query("limit") ?? "100"), (1...Self.most).contains(limit) else {
                throw Problem(
                    "malformed-query", .badRequest, "The query is malformed.",
                    detail: "“limit” is a number from 1 to \(Self.most).")
            }
            let after = try request.query("cursor").map(Self.cursor)
            return .later {
                do {
                    let changes = try await watch.changes(after: after, limit: limit, for: grant.caller)
                    return Self.answer(Self.feed(changes, base, limit).utf8, request, isPublic: grant.isPublic)
                } catch is ChangeWatch.Overloaded {
                    return Problem(
                        "overloaded", .serviceUnavailable, "There are too many different questions for changes.",
                        retryAfter: 1
                    ).answer
                } catch {
                    return service.problem(error, request: request.id).answer
                }
            }
        } catch {
            return .now(service.problem(error).answer)
        }
    }

    private static func answer(_ bytes: [UInt8], _ request: HTTPRequest, isPublic: Bool) -> HTTPAnswer {
        let digest = SHA256.hash(data: bytes).prefix(12).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }
        let entityTag = "\"\(digest.joined())\""
        let headers: HTTPHeaders = [
            "Content-Type": "application/feed+json", "ETag": entityTag,
            "Cache-Control": isPublic ? "public, no-cache" : "private, no-cache",
        ]
        guard !request.hasCurrent(entityTag: entityTag) else {
            return HTTPAnswer(status: .notModified, headers: headers)
        }
        return HTTPAnswer(headers: headers, body: .bytes(ByteBuffer(bytes: bytes)))
    }

    // MARK: The cursor

    /// `NANOSECONDS-NAME`, the name percent-encoded.
    private static func text(_ cursor: ArchiveChanges.Cursor) -> String {
        "\(cursor.changed)-\(PercentEncoding.encode(cursor.name))"
    }

    private static func cursor(_ text: String) throws -> ArchiveChanges.Cursor {
        let parts = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let changed = Int(parts[0]), let name = try? PercentEncoding.decode(parts[1].utf8)
        else {
            throw Problem(
                "malformed-query", .badRequest, "The query is malformed.", detail: "“cursor” is not one of ours.")
        }
        return ArchiveChanges.Cursor(changed: changed, name: name)
    }

    // MARK: The feed

    private static func feed(_ changes: ArchiveChanges, _ base: String, _ limit: Int) -> JSON {
        // The cursor is itself encoded once more where it stands in a query.
        let cursor = changes.cursor.map(text)
        let next = cursor.map { "\(base)/changes?limit=\(limit)&cursor=\(PercentEncoding.encode($0.utf8))" }
        return .compact([
            ("version", .string("https://jsonfeed.org/version/1.1")),
            ("title", .string("Changes of the archive")),
            ("home_page_url", .string("\(base)/")),
            ("feed_url", .string("\(base)/changes")),
            ("next_url", .optional(changes.hasMore ? next : nil)),
            ("items", .array(changes.entries.map { item($0, base) })),
            ("_recto", .compact([("cursor", .optional(cursor))])),
        ])
    }

    private static func item(_ entry: ArchiveEntry, _ base: String) -> JSON {
        let path = entry.document.pathSegment
        let time = entry.changed.map(Timestamp.text)
        return .compact([
            // Each change is an item of its own.
            ("id", .string("\(path)@\(entry.version?.value ?? time ?? "")")),
            ("url", .string("\(base)/view/\(path)")),
            ("title", .string(entry.document.displayName)),
            ("content_text", .string(entry.document.displayName)),
            ("date_modified", .optional(time)),
            (
                "_recto",
                .compact([
                    ("path", .string(path)), ("version", .optional(entry.version?.value)),
                    ("size", .optional(entry.size)),
                ])
            ),
        ])
    }
}

/// RFC 3339, in UTC, to the second.
enum Timestamp {
    static func text(_ seconds: Double) -> String {
        Date(timeIntervalSince1970: seconds.rounded(.down)).formatted(.iso8601)
    }
}
