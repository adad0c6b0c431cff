// SPDX-License-Identifier: Apache-2.0

import Access
package import HTTPService
import NIOCore
import NIOHTTP1
import RenderPool
package import TileModel
import WorkerProtocol

/// The HTTP interface of one document's pixels, structure and text: what portals and nodes have in common.
package struct DocumentRoutes: Sendable {
    package struct Configuration: Sendable {
        /// The address at which clients reach the cluster, without a trailing slash. Nil: as each request says.
        package var publicURL: String?
        /// The licence or rights statement of the documents, named in image information and manifests.
        package var rights: String?
        /// Whether the structure stream carries a picture of page 1. Without it a viewer shows page 1 when its tiles come.
        package var hasPreview: Bool

        package init(publicURL: String? = nil, rights: String? = nil, hasPreview: Bool = true) {
            self.publicURL = publicURL
            self.rights = rights
            self.hasPreview = hasPreview
        }
    }

    let service: DocumentService
    private let configuration: Configuration
    private let targets = TileTargets()
    private let onOpen: @Sendable (HTTPRequest, PinnedDocument) -> Void

    /// - Parameter onOpen: called when a reader has opened a document and sees its first page, or would have to wait for it.
    package init(
        service: DocumentService, configuration: Configuration,
        onOpen: @escaping @Sendable (HTTPRequest, PinnedDocument) -> Void = { _, _ in }
    ) {
        self.service = service
        self.configuration = configuration
        self.onOpen = onOpen
    }

    /// The reply, or nil where the path is not one of these.
    package func respond(to request: HTTPRequest) -> HTTPReply? {
        if let known = targets[request.target] {
            return guarded(request, .tile) { tile(request, known) }
        }
        let segments = request.segments
        switch (segments.first, segments.count) {
        case ("documents", 3) where segments[2] == "structure":
            return guarded(request, .structure) { structure(request, segments[1]) }
        case ("iiif", 3) where segments[2] == "manifest.json":
            return guarded(request, .manifest) { manifest(request, segments[1]) }
        case ("documents", 3) where segments[2] == "search": return guarded(request, .search) { search(request) }
        case ("documents", 5) where segments[2] == "pages":
            guard let content = PageContent(rawValue: String(segments[4])) else { return nil }
            return guarded(request, .text) { pageContent(content, request) }
        case ("iiif", 3): return guarded(request, .information) { redirect(request, segments[1], segments[2]) }
        case ("iiif", 4) where segments[3] == "info.json":
            return guarded(request, .information) { info(request, segments[1], segments[2]) }
        case ("iiif", 7): return guarded(request, .tile) { tile(request, segments) }
        default: return nil
        }
    }

    // MARK: Tiles

    private func tile(_ request: HTTPRequest, _ segments: [Substring]) -> HTTPReply {
        do {
            return tile(request, try TileTarget(segments: segments))
        } catch {
            return .now(Problem(error).answer)
        }
    }

    private func tile(_ request: HTTPRequest, _ target: TileTarget) -> HTTPReply {
        do {
            let grant = try grant(request, target.reference)
            if let found = try service.tileAtHand(target, grant) {
                return .now(answer(found, request, target, grant))
            }
            return .later { await answering(request) { try await rendered(request, target, grant) } }
        } catch {
            return .now(Problem(error).answer)
        }
    }

    private func rendered(_ request: HTTPRequest, _ target: TileTarget, _ grant: Grant) async throws -> HTTPAnswer {
        let answer = try await service.tile(
            target.reference, page: target.page, target.request, grant,
            hasEntityTag: { grant.password == nil && request.hasCurrent(entityTag: $0) })
        switch answer {
        case .unchanged(let entityTag, _, let status): return unchanged(entityTag, target.reference, grant, status)
        case .tile(let rendered, let timings, let tile, let status):
            let headers = headers(rendered, timings, status, tile, RequestOrigin(request.headers), target, grant)
            return HTTPAnswer(headers: headers, body: .bytes(rendered.data))
        }
    }

    /// The answer out of memory. Its head is made once for all who ask in the same way.
    private func answer(_ found: TileAtHand, _ request: HTTPRequest, _ target: TileTarget, _ grant: Grant) -> HTTPAnswer
    {
        let rendered = found.rendered
        let status = CacheStatus(isHit: true, isConfirmed: found.isConfirmed)
        if grant.password == nil, request.hasCurrent(entityTag: rendered.entityTag) {
            return unchanged(rendered.entityTag, target.reference, grant, status)
        }
        let origin = RequestOrigin(request.headers)
        // One that is not confirmed says so; that is not kept.
        let mayBePrepared = grant.password == nil && found.isConfirmed
        if mayBePrepared, let head = target.head(rendered.entityTag, origin, isPublic: grant.isPublic) {
            return HTTPAnswer(preparedHead: head, body: rendered.data, .tile)
        }
        let headers = headers(rendered, Timings(layer: .memory), status, found.tile, origin, target, grant)
        let answer = HTTPAnswer(headers: headers, body: .bytes(rendered.data))
        guard mayBePrepared else { return answer }
        let head = AnswerHead.prepare(.ok, headers, length: rendered.data.readableBytes)
        target.remember(
            TileTarget.Head(entityTag: rendered.entityTag, origin: origin, isPublic: grant.isPublic, bytes: head))
        targets.keep(target, for: request.target)
        return answer
    }

    private func headers(
        _ rendered: RenderedTile, _ timings: Timings, _ status: CacheStatus, _ tile: Tile, _ origin: RequestOrigin,
        _ target: TileTarget, _ grant: Grant
    ) -> HTTPHeaders {
        var headers = validators(rendered.entityTag, target.reference, grant, status)
        headers.add(name: "Content-Type", value: rendered.format.mediaType)
        headers.add(name: "Server-Timing", value: timings.header)
        let base = "\(configuration.publicURL ?? origin.url)/iiif/\(target.spelling)"
        // In one header: many clients look at the first only.
        headers.add(
            name: "Link",
            value: "<\(base)/\(tile.canonicalRequest)>;rel=\"canonical\", <\(Self.profile)>;rel=\"profile\"")
        return headers
    }

    func unchanged(
        _ entityTag: String, _ reference: DocumentReference, _ grant: Grant, _ status: CacheStatus
    ) -> HTTPAnswer {
        HTTPAnswer(status: .notModified, headers: validators(entityTag, reference, grant, status))
    }

    func validators(
        _ entityTag: String, _ reference: DocumentReference, _ grant: Grant, _ status: CacheStatus
    ) -> HTTPHeaders {
        var headers = Self.crossOrigin(status)
        // Nobody shall keep what needed a password, so there is nothing to compare it with either.
        if grant.password == nil { headers.add(name: "ETag", value: entityTag) }
        headers.add(name: "Cache-Control", value: Self.cacheControl(reference, grant))
        if grant.caller != nil, let name = service.configuration.forwardedHeader {
            headers.add(name: "Vary", value: name)
        }
        return headers
    }

    /// The right to view the document, decided before anything is looked up.
    func grant(_ request: HTTPRequest, _ reference: DocumentReference) throws -> Grant {
        var password: DocumentPassword?
        if let header = request.headers.first(name: "Recto-Password") {
            password = DocumentPassword(header: header)
            guard password != nil else { throw RenderError.refused(.passwordWrong) }
        }
        return try service.access.decide(
            AccessRequest(
                right: .view, document: reference.document, password: password, caller: service.caller(request)))
    }

    /// A pinned version never changes; anything else must be asked for again each time.
    private static func cacheControl(_ reference: DocumentReference?, _ grant: Grant) -> String {
        guard grant.password == nil else { return "no-store" }
        let scope = grant.isPublic ? "public" : "private"
        return reference?.version == nil ? "\(scope), no-cache" : "\(scope), max-age=31536000, immutable"
    }

    // MARK: Image information

    private static let profile = "http://iiif.io/api/image/3/level2.json"

    private func redirect(_ request: HTTPRequest, _ document: Substring, _ page: Substring) -> HTTPReply {
        // The document and the page must exist: a client that follows would get a 404 in place of an answer.
        info(request, document, page) { _, _, status in
            var headers = Self.crossOrigin(status)
            headers.add(name: "Location", value: "\(imageURL(request, document, page))/info.json")
            return HTTPAnswer(status: .seeOther, headers: headers)
        }
    }

    private func info(_ request: HTTPRequest, _ document: Substring, _ page: Substring) -> HTTPReply {
        info(request, document, page) { summary, grant, status in
            let information = ImageInformation(
                id: imageURL(request, document, page), size: summary.geometry.pixelSize,
                limit: service.configuration.pixelLimit, preferred: summary.tiles, rights: configuration.rights)
            var headers = linkedData(request, context: ImageInformation.context, status)
            headers.add(name: "Link", value: "<\(Self.profile)>;rel=\"profile\"")
            headers.add(name: "Cache-Control", value: Self.cacheControl(nil, grant))
            return HTTPAnswer(headers: headers, body: .bytes(ByteBuffer(bytes: information.json.utf8)))
        }
    }

    /// Headers of JSON that is JSON-LD to those who ask for it.
    private func linkedData(_ request: HTTPRequest, context: String, _ status: CacheStatus) -> HTTPHeaders {
        var headers = Self.crossOrigin(status)
        let accepts = request.headers[canonicalForm: "Accept"].joined(separator: ",")
        headers.add(
            name: "Content-Type",
            value: accepts.contains("application/ld+json")
                ? "application/ld+json;profile=\"\(context)\"" : "application/json")
        headers.add(name: "Vary", value: "Accept")
        return headers
    }

    // MARK: Manifest

    private func manifest(_ request: HTTPRequest, _ segment: Substring) -> HTTPReply {
        do {
            let reference = try DocumentReference(pathSegment: segment.utf8)
            let grant = try grant(request, reference)
            return .later {
                await answering(request) {
                    let (document, summary, pages, outline) = try await service.withDocument(reference, grant) {
                        let (summary, pages) = try await service.pages(of: $0, atMost: PresentationManifest.mostPages)
                        return ($0, summary, pages, try await service.outline(of: $0))
                    }
                    let base = "\(baseURL(request))/iiif"
                    let manifest = PresentationManifest(
                        base: "\(base)/\(document.pinned.pathSegment)", id: "\(base)/\(segment)/manifest.json",
                        name: document.document.displayName, summary: summary, pages: pages, outline: outline,
                        rights: configuration.rights, limit: service.configuration.pixelLimit)
                    var headers = linkedData(
                        request, context: PresentationManifest.context,
                        CacheStatus(isHit: false, isConfirmed: document.isConfirmed))
                    headers.add(name: "Cache-Control", value: Self.cacheControl(nil, grant))
                    return HTTPAnswer(headers: headers, body: .bytes(ByteBuffer(bytes: manifest.json.utf8)))
                }
            }
        } catch {
            return .now(Problem(error).answer)
        }
    }

    private func info(
        _ request: HTTPRequest, _ document: Substring, _ page: Substring,
        _ body: @escaping @Sendable (PageSummary, Grant, CacheStatus) -> HTTPAnswer
    ) -> HTTPReply {
        do {
            let reference = try DocumentReference(pathSegment: document.utf8)
            let grant = try grant(request, reference)
            let number = Self.page(page)
            return .later {
                await answering(request) {
                    let (known, isConfirmed) = try await service.withDocument(reference, grant) {
                        (try await service.known(number, of: $0), $0.isConfirmed)
                    }
                    let status = CacheStatus(isHit: known.isHit, isConfirmed: isConfirmed)
                    return body(known.summary, grant, status)
                }
            }
        } catch {
            return .now(Problem(error).answer)
        }
    }

    /// What is not a number names no page, as 0 does.
    static func page(_ text: Substring) -> Int {
        text.utf8.count <= 9 && text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int(text) ?? 0 : 0
    }

    // MARK: Structure

    private func structure(_ request: HTTPRequest, _ segment: Substring) -> HTTPReply {
        do {
            let reference = try DocumentReference(pathSegment: segment.utf8)
            let grant = try grant(request, reference)
            let width = try Self.number(request, "width", in: StructureStream.previewWidths, default: 800)
            let from = try Self.number(request, "from", in: 1...Int(Int32.max), default: 1)
            let wantsEvents = request.headers[canonicalForm: "Accept"].contains { $0.contains("text/event-stream") }
            return .later {
                await answering(request) {
                    let (document, first) = try await service.withDocument(reference, grant) {
                        ($0, try await service.structure(of: $0, from: from, count: 1))
                    }
                    // One past the last page is where a stream goes on that broke off just before its end.
                    if first.pages.isEmpty, let pages = first.summary.pages, from > pages + 1 {
                        throw RenderError.refused(.noSuchPage(pages: pages))
                    }
                    let stream = StructureStream(
                        service: service, document: document, framing: wantsEvents ? .sse : .ndjson, from: from,
                        previewWidth: configuration.hasPreview ? width : nil, first: first,
                        whenShown: {
                            // Others have not got the password, and shall not.
                            if from == 1, document.password == nil { onOpen(request, document.pinned) }
                        })
                    var headers = Self.crossOrigin(CacheStatus(isHit: false, isConfirmed: document.isConfirmed))
                    headers.add(name: "Content-Type", value: stream.framing.mediaType)
                    headers.add(name: "Cache-Control", value: "no-store")
                    // Proxies that gather answers would defeat the stream.
                    headers.add(name: "X-Accel-Buffering", value: "no")
                    return HTTPAnswer(
                        headers: headers,
                        body: .stream { [service] writer in
                            try await service.streams.counting(.structure) { try await stream.send(to: writer) }
                        })
                }
            }
        } catch {
            return .now(Problem(error).answer)
        }
    }

    static func number(
        _ request: HTTPRequest, _ name: String, in range: ClosedRange<Int>, default: Int
    ) throws -> Int {
        guard let text = request.query(name) else { return `default` }
        guard let value = Int(text), range.contains(value) else {
            throw Problem(
                "malformed-query", .badRequest, "The query is malformed.",
                detail: "“\(name)” is a number from \(range.lowerBound) to \(range.upperBound).")
        }
        return value
    }

    // MARK: Common

    /// Methods other than reading are refused before anything else is looked at.
    private func guarded(_ request: HTTPRequest, _ kind: RequestClass, _ body: () -> HTTPReply) -> HTTPReply {
        switch request.method {
        case .GET, .HEAD: return body().counted(as: kind)
        case .OPTIONS:
            var headers = Self.crossOrigin
            headers.add(name: "Access-Control-Allow-Methods", value: "GET, HEAD, OPTIONS")
            let own = service.configuration.forwardedHeader.map { ", \($0)" } ?? ""
            headers.add(name: "Access-Control-Allow-Headers", value: "Accept, If-None-Match, Recto-Password\(own)")
            headers.add(name: "Access-Control-Max-Age", value: "86400")
            return HTTPReply.now(HTTPAnswer(status: .noContent, headers: headers)).counted(as: kind)
        default: return HTTPReply.now(Problem.methodNotAllowed("GET or HEAD").answer).counted(as: kind)
        }
    }

    /// Everything under `/iiif` may be read by viewers of other origins; so may the headers that tell how it was made.
    static var crossOrigin: HTTPHeaders {
        [
            "Access-Control-Allow-Origin": "*",
            "Access-Control-Expose-Headers":
                "Cache-Status, ETag, Link, Server-Timing, X-Recto-Node, X-Request-Id",
            "Timing-Allow-Origin": "*",
        ]
    }

    static func crossOrigin(_ status: CacheStatus) -> HTTPHeaders {
        var headers = crossOrigin
        headers.add(name: CacheStatus.header, value: status.text)
        return headers
    }

    private func imageURL(_ request: HTTPRequest, _ document: Substring, _ page: Substring) -> String {
        "\(baseURL(request))/iiif/\(document)/\(page)"
    }

    /// Whether a page of that origin is one of ours, and may have things changed. Without a public address only a page from
    /// an IP address or `localhost` is: any other name may be an attacker's that resolves to this machine.
    package func isOwn(origin: String, of request: HTTPRequest) -> Bool {
        let base = baseURL(request)
        guard base == origin || base.hasPrefix("\(origin)/") else { return false }
        let authority = origin.drop { $0 != "/" }.drop { $0 == "/" }
        let host = authority.hasPrefix("[") ? "" : authority.prefix { $0 != ":" }
        return configuration.publicURL != nil || host == "localhost"
            || host.allSatisfy { "0123456789.:".contains($0) }
    }

    /// Where the client thinks that we are.
    package func baseURL(_ request: HTTPRequest) -> String {
        configuration.publicURL ?? RequestOrigin(request.headers).url
    }

    func answering(_ request: HTTPRequest, _ body: () async throws -> HTTPAnswer) async -> HTTPAnswer {
        do { return try await body() } catch { return service.problem(error, request: request.id).answer }
    }
}
