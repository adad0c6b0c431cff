// SPDX-License-Identifier: Apache-2.0

import Glibc
import NIOHTTP1
package import TileModel

/// A bucket of an S3 service, or what lies below a prefix in it.
///
/// A document's version is its object's entity tag. Every read asks for it by `If-Match` and compares the tag of the
/// answer, because some servers ignore the condition.
package final class S3Archive: DocumentArchive {
    package let name: String
    let client: S3Client
    var location: S3Location { client.location }

    /// - Throws: `refused` with a message for the user.
    package init(location: String, environment: [String: String]) throws(ArchiveError) {
        name = location
        client = S3Client(
            location: try S3Location(location, environment: environment),
            credentials: try S3Credentials(environment: environment))
    }

    static func open(location: String, settings: ArchiveSettings) throws(ArchiveError) -> (any DocumentArchive)? {
        location.hasPrefix("s3://") ? try S3Archive(location: location, environment: settings.environment) : nil
    }

    package func check() async throws {
        // An account that may only read objects may not list them.
        do { _ = try await page(prefix: [], after: nil, continuation: nil, limit: 1) } catch ArchiveError.failed {}
    }

    package func stat(_ document: DocumentID, for caller: CallerCredential?) async throws -> ArchiveObject {
        guard let key = location.key(document) else { throw ArchiveError.notFound }
        let answer = try await client.send(.init(method: .HEAD, key: key))
        guard answer.status == .ok else { throw try await failure(of: answer, key) }
        guard let size = answer.headers.first(name: "Content-Length").flatMap({ Int($0) }),
            let version = HTTPVersionMark(answer.headers, size: size).version
        else { throw ArchiveError.failed("\(location.host) says neither size nor version of an object") }
        return ArchiveObject(
            document: document, version: version, size: size,
            modified: answer.headers.first(name: "Last-Modified").flatMap(CivilTime.http),
            mediaType: answer.headers.first(name: "Content-Type"))
    }

    package func read(_ range: Range<Int>, of document: PinnedDocument) async throws -> [UInt8] {
        guard let key = location.key(document.document) else { throw ArchiveError.notFound }
        guard !range.isEmpty else { return [] }
        var request = S3Client.Request(method: .GET, key: key)
        request.headers = [("range", "bytes=\(range.lowerBound)-\(range.upperBound - 1)")]
        if let condition = HTTPVersionMark.ifMatch(document.version) { request.headers.append(("if-match", condition)) }
        // Not less than an error is long.
        request.answerLimit = max(range.count, 1 << 16)
        let answer = try await client.send(request)
        switch answer.status {
        case .partialContent: return try bytes(of: answer, range, document)
        // rclone's server says so of ranges, too.
        case .ok where answer.headers.contains(name: "Content-Range"): return try bytes(of: answer, range, document)
        // An empty object has no range at all and answers whole; some servers do so behind the end as well.
        case .ok:
            try compare(answer, size: answer.body.count, document)
            return Array(answer.body[range.clamped(to: 0..<answer.body.count)])
        case .rangeNotSatisfiable:
            guard try await stat(document.document).version == document.version else { throw ArchiveError.versionGone }
            return []
        case .preconditionFailed: throw ArchiveError.versionGone
        default: throw try await failure(of: answer, key)
        }
    }

    private func bytes(of answer: S3Client.Answer, _ range: Range<Int>, _ document: PinnedDocument) throws(ArchiveError)
        -> [UInt8]
    {
        guard let content = answer.headers.first(name: "Content-Range").flatMap(ContentRange.init),
            content.range.lowerBound == range.lowerBound, content.range.upperBound <= range.upperBound,
            content.range.count == answer.body.count
        else { throw .failed("\(location.host) answered another range than it was asked for") }
        try compare(answer, size: content.size, document)
        return answer.body
    }

    private func compare(_ answer: S3Client.Answer, size: Int?, _ document: PinnedDocument) throws(ArchiveError) {
        guard HTTPVersionMark(answer.headers, size: size).version == document.version else { throw .versionGone }
    }

    /// The answer to a HEAD cannot say why: then a GET of one byte does.
    func failure(of answer: S3Client.Answer, _ key: [UInt8]) async throws -> ArchiveError {
        var answer = answer
        if answer.body.isEmpty, answer.status != .notFound {
            var request = S3Client.Request(method: .GET, key: key)
            request.headers = [("range", "bytes=0-0")]
            if let told = try? await client.send(request), told.status.code >= 300 { answer = told }
        }
        return S3Failure.error(answer, at: location, now: Glibc.time(nil))
    }

    // MARK: Listing

    package func list(prefix: [UInt8], cursor: [UInt8]?, limit: Int, for caller: CallerCredential?) async throws
        -> ArchiveListing
    {
        var found: [ArchiveEntry] = []
        var continuation: String?
        repeat {
            // Objects that cannot be documents, as those that stand for folders, are passed over.
            let page = try await page(
                prefix: prefix, after: cursor, continuation: continuation, limit: min(1000, limit + 1 - found.count))
            found += page.objects.compactMap { entry($0) }.filter { entry in
                cursor.map { $0.lexicographicallyPrecedes(entry.document.bytes) } ?? true
            }
            continuation = page.isTruncated ? page.continuation : nil
        } while found.count <= limit && continuation != nil
        let objects = Array(found.prefix(limit))
        return ArchiveListing(objects: objects, next: found.count > limit ? objects.last?.document.bytes : nil)
    }

    private func page(prefix: [UInt8], after: [UInt8]?, continuation: String?, limit: Int) async throws
        -> S3Answer.Listing
    {
        var request = S3Client.Request(method: .GET)
        request.query = [("list-type", "2"), ("encoding-type", "url"), ("max-keys", "\(limit)")]
        let whole = location.prefix + prefix
        if !whole.isEmpty { request.query.append(("prefix", PercentEncoding.encode(whole))) }
        if let continuation {
            request.query.append(("continuation-token", PercentEncoding.encode(continuation.utf8)))
        } else if let after {
            request.query.append(("start-after", PercentEncoding.encode(location.prefix + after)))
        }
        let answer = try await client.send(request)
        guard answer.status == .ok else {
            let error = S3Failure.error(answer, at: location, now: Glibc.time(nil))
            throw error == .notFound ? .refused("there is no bucket “\(location.bucket)” at \(location.host)") : error
        }
        return try S3Answer.listing(answer.body)
    }

    private func entry(_ object: S3Answer.Listing.Object) -> ArchiveEntry? {
        guard object.key.starts(with: location.prefix),
            let document = try? DocumentID(bytes: object.key.dropFirst(location.prefix.count))
        else { return nil }
        let mark = HTTPVersionMark(entityTag: object.entityTag, lastModified: nil, size: object.size)
        return ArchiveEntry(
            document: document, version: mark.version, size: object.size, modified: object.modified)
    }
}
