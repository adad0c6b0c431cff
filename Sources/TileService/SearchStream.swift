// SPDX-License-Identifier: Apache-2.0

import HTTPService
import NIOCore
import RenderPool
import TileModel

/// Sends what a search finds, page by page.
///
/// A search is many short jobs; the next is asked for only when the client has taken what the last one found, so a reader
/// that stalls holds no worker.
struct SearchStream: Sendable {
    /// In characters. Whoever pastes a page into the search box looks for its first line.
    static let queryLengths = 1...256

    let service: DocumentService
    let document: RequestedDocument
    let query: String
    let from: Int
    /// What the first lease found, before the answer's status was decided.
    let first: SearchPart

    func send(to writer: BodyWriter) async throws {
        let line = LineWriter(writer: writer, framing: .ndjson)
        try await line.keptAlive {
            do {
                try await events(to: line)
            } catch let error where error is CancellationError || error is ChannelError {
                throw error
            } catch {
                // The status went out long ago: the error is the last event.
                try await line.sendError(service.problem(error))
            }
        }
    }

    private func events(to line: LineWriter) async throws {
        var part = first
        var hits = 0
        while true {
            hits += part.hits.count
            let found = part.hits.map(Self.json)
            guard let next = part.next else {
                let pages = try await service.pageCount(of: document)
                let end = JSON.compact([
                    ("event", .string("end")), ("pages", .optional(pages)), ("hits", .int(hits)),
                ])
                return try await line.send(found + [end], named: "hit")
            }
            let searched = JSON.object([("event", .string("searched")), ("page", .int(next - 1))])
            try await line.send(found + [searched], named: "hit")
            part = try await service.search(query, in: document, from: next)
        }
    }

    private static func json(_ hit: SearchHit) -> JSON {
        .object([
            ("event", .string("hit")),
            ("page", .int(hit.page)),
            ("boxes", .array(hit.boxes.map(\.json))),
            ("before", .string(hit.before)),
            ("text", .string(hit.match)),
            ("after", .string(hit.after)),
        ])
    }
}
