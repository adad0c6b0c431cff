// SPDX-License-Identifier: Apache-2.0

import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Synchronization
package import TileCache
package import TileModel

/// What lies below an HTTP address: a web server's folder, or a document management system that answers as
/// `docs/archive-provider.md` says.
///
/// A document's version comes from its entity tag, else from its time and size. An origin that does not answer ranges is
/// read whole, once a document, to disk.
package final class HTTPOriginArchive: DocumentArchive {
    package let name: String
    private let base: OriginURL
    private let index: OriginURL
    private let client: OriginClient
    private let forwardedHeader: String?
    /// Goes with what Recto asks on its own account.
    private let own: HTTPHeaders
    private let answersRanges = Mutex<Bool?>(nil)
    private let whole = WholeDocuments()
    private let probes = SingleFlight<PinnedDocument, [UInt8]>()

    /// The longest list that is taken, in bytes.
    private static let longestIndex = 64 << 20

    init(
        location: String, settings: ArchiveSettings, resolver: any HostResolver = SystemResolver(),
        timeouts: OwnedHTTPClient.Timeouts = OwnedHTTPClient.Timeouts()
    ) throws(ArchiveError) {
        guard let url = OriginURL(location), !url.target.contains("?") else {
            throw .refused("\(location) is not an address of an HTTP origin")
        }
        name = location
        base = url.target.hasSuffix("/") ? url : url.with(target: url.target + "/")
        guard let index = settings.index.map(base.following) ?? base.following("index.json") else {
            throw .refused("\(settings.index ?? "") is not an address of a list")
        }
        self.index = index
        var rules = OriginRules(origin: base, allowedHosts: settings.allowedHosts)
        rules.allowsPrivateAddresses = settings.allowsPrivateAddresses
        if !index.isSameOrigin(as: base) { rules.allowedHosts.append(index.authority) }
        client = OriginClient(rules: rules, resolver: resolver, timeouts: timeouts)
        forwardedHeader = settings.forwardedHeader
        own = settings.environment["RECTO_ARCHIVE_AUTHORIZATION"].map { ["Authorization": $0] } ?? [:]
    }

    static func open(location: String, settings: ArchiveSettings) throws(ArchiveError) -> (any DocumentArchive)? {
        location.hasPrefix("http://") || location.hasPrefix("https://")
            ? try HTTPOriginArchive(location: location, settings: settings) : nil
    }

    /// Any answer will do: few origins have something at the address of their folder.
    package func check() async throws {
        let response = try await send(.HEAD, base, for: nil)
        if case .unreachable(let reason) = await failure(response) { throw ArchiveError.unreachable(reason) }
    }

    private func url(_ document: DocumentID) -> OriginURL {
        let parts = document.bytes.split(separator: UInt8(ascii: "/")).map { PercentEncoding.encode($0) }
        return base.with(target: base.target + parts.joined(separator: "/"))
    }

    /// On behalf of a caller the origin sees the caller's credential and nothing of ours: it decides.
    private func secrets(_ caller: CallerCredential?) -> HTTPHeaders {
        guard let caller else { return own }
        guard let forwardedHeader, let value = caller.value else { return [:] }
        return [forwardedHeader: value]
    }

    private func send(
        _ method: HTTPMethod, _ url: OriginURL, _ headers: HTTPHeaders = [:], for caller: CallerCredential?
    ) async throws -> HTTPClientResponse {
        var headers = headers
        // A compressed answer has other lengths and ranges than the document.
        headers.add(name: "Accept-Encoding", value: "identity")
        let response = try await client.send(method, url, headers: headers, secrets: secrets(caller))
        guard response.headers.first(name: "Content-Encoding").map({ $0 == "identity" }) ?? true else {
            throw ArchiveError.failed("\(base.host) answers compressed although it was asked not to")
        }
        return response
    }

    private func failure(_ response: HTTPClientResponse) async -> ArchiveError {
        await response.drain()
        return switch response.status.code {
        case 404, 410: .notFound
        case 401: .unauthenticated
        case 403: .forbidden
        case 412: .versionGone
        case 502, 503, 504: .unreachable("\(base.host) answered \(response.status.code)")
        default: .failed("\(base.host) answered \(response.status.code)")
        }
    }

    package func stat(_ document: DocumentID, for caller: CallerCredential?) async throws -> ArchiveObject {
        let response = try await send(.HEAD, url(document), for: caller)
        guard response.status == .ok else { throw await failure(response) }
        guard let size = response.headers.first(name: "Content-Length").flatMap({ Int($0) }) else {
            throw ArchiveError.failed("\(base.host) does not say how long a document is")
        }
        guard let version = HTTPVersionMark(response.headers, size: size).version else {
            throw ArchiveError.failed("\(base.host) says neither ETag nor Last-Modified of a document")
        }
        return ArchiveObject(
            document: document, version: version, size: size,
            modified: response.headers.first(name: "Last-Modified").flatMap(CivilTime.http),
            mediaType: response.headers.first(name: "Content-Type"))
    }

    // MARK: Reading

    package var layers: [any CacheLayer] { [whole] }

    package func holds(_ document: PinnedDocument) -> Bool { whole.holds(document) }

    package func read(_ range: Range<Int>, of document: PinnedDocument) async throws -> [UInt8] {
        guard !range.isEmpty else { return [] }
        if let file = whole[document] { return try await file.read(range) }
        if answersRanges.withLock({ $0 }) == nil {
            // Until that is known, one request a document goes out at a time: if it is answered whole, it was the only one.
            return try await probe(range, document)
        }
        return try await ranged(range, document)
    }

    package func isAtHand(_ document: PinnedDocument) -> Bool { whole[document] != nil }

    /// Whoever comes second is not answered by the first one's range, and reads again.
    private func probe(_ range: Range<Int>, _ document: PinnedDocument) async throws -> [UInt8] {
        let isFirst = Atomic<Bool>(false)
        let bytes = try await probes.value(for: document) { [self] in
            isFirst.store(true, ordering: .relaxed)
            return try await ranged(range, document)
        }
        return isFirst.load(ordering: .relaxed) ? bytes : try await read(range, of: document)
    }

    private func ranged(_ range: Range<Int>, _ document: PinnedDocument) async throws -> [UInt8] {
        if answersRanges.withLock({ $0 }) == false {
            return try await whole.file(document) { [self] in
                try await copy(try await get(0..<WholeDocuments.largest, document), document)
            }.read(range)
        }
        let response = try await get(range, document)
        switch response.status {
        case .partialContent:
            answersRanges.withLock { $0 = true }
            return try await bytes(of: response, range, document)
        case .ok:
            // Small documents may be answered whole by any origin.
            if range.lowerBound == 0, let length = Self.length(response), length <= range.count {
                try compare(response, size: length, document)
                return try await collect(response, length)
            }
            return try await whole.file(document) { [self] in
                // Not before this answer is the one that all wait for, or others would ask for one of their own.
                answersRanges.withLock { $0 = $0 ?? false }
                return try await copy(response, document)
            }.read(range)
        case .rangeNotSatisfiable:
            await response.drain()
            guard try await stat(document.document).version == document.version else { throw ArchiveError.versionGone }
            return []
        default: throw await failure(response)
        }
    }

    private func get(_ range: Range<Int>, _ document: PinnedDocument) async throws -> HTTPClientResponse {
        var headers: HTTPHeaders = ["Range": "bytes=\(range.lowerBound)-\(range.upperBound - 1)"]
        if let condition = HTTPVersionMark.ifMatch(document.version) { headers.add(name: "If-Match", value: condition) }
        return try await send(.GET, url(document.document), headers, for: nil)
    }

    private static func length(_ response: HTTPClientResponse) -> Int? {
        response.headers.first(name: "Content-Length").flatMap { Int($0) }
    }

    private func bytes(of response: HTTPClientResponse, _ range: Range<Int>, _ document: PinnedDocument) async throws
        -> [UInt8]
    {
        guard let content = response.headers.first(name: "Content-Range").flatMap(ContentRange.init),
            content.range.lowerBound == range.lowerBound, content.range.upperBound <= range.upperBound
        else { throw ArchiveError.failed("\(base.host) answered another range than it was asked for") }
        try compare(response, size: content.size, document)
        return try await collect(response, content.range.count)
    }

    private func compare(_ response: HTTPClientResponse, size: Int?, _ document: PinnedDocument) throws {
        guard HTTPVersionMark(response.headers, size: size).version == document.version else {
            throw ArchiveError.versionGone
        }
    }

    private func collect(_ response: HTTPClientResponse, _ count: Int) async throws -> [UInt8] {
        do {
            let bytes = try await response.bytes(upTo: count)
            guard bytes.count == count else { throw ArchiveError.failed("\(base.host) broke off an answer") }
            return bytes
        } catch {
            throw OriginClient.failure(error, base.host)
        }
    }

    /// The body on disk.
    private func copy(_ response: HTTPClientResponse, _ document: PinnedDocument) async throws -> SpooledFile {
        if response.status == .partialContent {
            // Some documents of an origin may have ranges where others have none.
            answersRanges.withLock { $0 = true }
            let range = response.headers.first(name: "Content-Range").flatMap(ContentRange.init)
            guard let range, range.range.lowerBound == 0, range.range.upperBound == range.size else {
                throw ArchiveError.tooLarge(limit: WholeDocuments.largest)
            }
        } else if response.status == .rangeNotSatisfiable {
            // Of an empty document.
            guard try await stat(document.document).version == document.version else { throw ArchiveError.versionGone }
            return try SpooledFile(limit: 0)
        } else if response.status != .ok {
            throw await failure(response)
        }
        let length = Self.length(response)
        let file = try SpooledFile(limit: WholeDocuments.largest)
        do {
            for try await piece in response.body { try await file.append(piece) }
        } catch {
            throw OriginClient.failure(error, base.host)
        }
        guard length == nil || length == file.size else {
            throw ArchiveError.failed("\(base.host) broke off an answer")
        }
        try compare(response, size: file.size, document)
        return file
    }

    // MARK: Listing

    package func list(prefix: [UInt8], cursor: [UInt8]?, limit: Int, for caller: CallerCredential?) async throws
        -> ArchiveListing
    {
        var query = "prefix=\(PercentEncoding.encode(prefix))&limit=\(limit)"
        if let cursor { query += "&after=\(PercentEncoding.encode(cursor))" }
        let joint = index.target.contains("?") ? "&" : "?"
        let response = try await send(.GET, index.with(target: index.target + joint + query), for: caller)
        guard response.status == .ok else {
            let failure = await failure(response)
            throw failure == .notFound ? .notListable : failure
        }
        do {
            return try OriginIndex(try await response.bytes(upTo: Self.longestIndex))
                .page(prefix: prefix, cursor: cursor, limit: limit)
        } catch {
            throw OriginClient.failure(error, base.host)
        }
    }
}
