// SPDX-License-Identifier: Apache-2.0

import Access
import HTTPService
import NIOCore
import NIOHTTP1
import TileModel

/// Text, links and search of a document.
extension DocumentRoutes {
    /// What of a page is asked for besides its pixels.
    enum PageContent: String {
        case text
        case links
    }

    func pageContent(_ content: PageContent, _ request: HTTPRequest) -> HTTPReply {
        do {
            let reference = try DocumentReference(pathSegment: request.segments[1].utf8)
            let grant = try grant(request, reference)
            let number = Self.page(request.segments[3])
            return .later {
                await answering(request) {
                    try await service.withDocument(reference, grant) { document in
                        let page = try await service.known(number, of: document)
                        let summary = page.summary
                        let entityTag = page.fingerprint.entityTag(document.pinned, [String(number), content.rawValue])
                        var status = CacheStatus(isHit: true, isConfirmed: document.isConfirmed)
                        if grant.password == nil, request.hasCurrent(entityTag: entityTag) {
                            return unchanged(entityTag, reference, grant, status)
                        }
                        status.isHit = false
                        let json =
                            switch content {
                            case .text: summary.json(try await service.text(ofPage: number, of: document))
                            case .links: summary.json(try await service.links(onPage: number, of: document))
                            }
                        var headers = validators(entityTag, reference, grant, status)
                        headers.add(name: "Content-Type", value: "application/json")
                        return HTTPAnswer(headers: headers, body: .bytes(ByteBuffer(bytes: json.utf8)))
                    }
                }
            }
        } catch {
            return .now(Problem(error).answer)
        }
    }

    func search(_ request: HTTPRequest) -> HTTPReply {
        do {
            let reference = try DocumentReference(pathSegment: request.segments[1].utf8)
            let grant = try grant(request, reference)
            let query = try Self.searchQuery(request)
            let from = try Self.number(request, "from", in: 1...Int(Int32.max), default: 1)
            return .later {
                await answering(request) {
                    let (document, first) = try await service.withDocument(reference, grant) {
                        ($0, try await service.search(query, in: $0, from: from))
                    }
                    let stream = SearchStream(
                        service: service, document: document, query: query, from: from, first: first)
                    var headers = Self.crossOrigin(CacheStatus(isHit: false, isConfirmed: document.isConfirmed))
                    headers.add(name: "Content-Type", value: LineWriter.Framing.ndjson.mediaType)
                    headers.add(name: "Cache-Control", value: "no-store")
                    // Proxies that gather answers would defeat the stream.
                    headers.add(name: "X-Accel-Buffering", value: "no")
                    return HTTPAnswer(
                        headers: headers,
                        body: .stream { [service] writer in
                            try await service.streams.counting(.search) { try await stream.send(to: writer) }
                        })
                }
            }
        } catch {
            return .now(Problem(error).answer)
        }
    }

    private static func searchQuery(_ request: HTTPRequest) throws -> String {
        let query = request.query("q") ?? ""
        guard query.contains(where: { !$0.isWhitespace }),
            SearchStream.queryLengths.contains(query.unicodeScalars.count)
        else {
            throw Problem(
                "malformed-query", .badRequest, "The query is malformed.",
                detail: "“q” is what to search for: 1 to \(SearchStream.queryLengths.upperBound) characters, not only "
                    + "white space.")
        }
        return query
    }
}
