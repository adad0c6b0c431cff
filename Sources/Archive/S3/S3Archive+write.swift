// SPDX-License-Identifier: Apache-2.0

import Glibc
import NIOHTTP1
package import TileModel

/// Writing. An object appears when its last request is answered, and never before.
extension S3Archive {
    /// Larger ones go in parts of this size, in bytes; S3 wants 5 MiB at least.
    private static let part = 8 << 20
    private static let mostParts = 10_000

    package func put(_ document: DocumentID, _ content: SpooledFile, _ condition: WriteCondition) async throws
        -> ArchiveObject
    {
        guard let key = location.key(document) else { throw ArchiveError.nameTaken }
        let conditions = try await headers(document, condition)
        if content.size <= Self.part {
            var request = S3Client.Request(method: .PUT, key: key)
            request.headers = conditions
            request.body = try await content.read(0..<content.size)
            _ = try await succeed(request)
        } else {
            try await putInParts(key, content, conditions)
        }
        return try await stat(document)
    }

    package func delete(_ document: DocumentID, _ condition: WriteCondition) async throws {
        // S3 says of what was never there that it is gone now.
        _ = try await stat(document)
        guard let key = location.key(document) else { throw ArchiveError.notFound }
        var request = S3Client.Request(method: .DELETE, key: key)
        request.headers = try await headers(document, condition)
        _ = try await succeed(request)
    }

    /// The condition is looked at here as well: not every server does.
    private func headers(_ document: DocumentID, _ condition: WriteCondition) async throws
        -> [(name: String, value: String)]
    {
        guard condition != .none else { return [] }
        let current: DocumentVersion?
        do { current = try await stat(document).version } catch ArchiveError.notFound { current = nil }
        try condition.check(current)
        guard let current else { return [("if-none-match", "*")] }
        return HTTPVersionMark.ifMatch(current).map { [("if-match", $0)] } ?? []
    }

    private func succeed(_ request: S3Client.Request) async throws -> S3Client.Answer {
        let answer = try await client.send(request)
        // Completing an upload can fail after it has begun to answer 200.
        guard answer.status.code < 300, S3Answer.fields(answer.body)?.root != "Error" else {
            throw S3Failure.error(answer, at: location, now: Glibc.time(nil))
        }
        return answer
    }

    private func putInParts(
        _ key: [UInt8], _ content: SpooledFile, _ conditions: [(name: String, value: String)]
    ) async throws {
        let begun = try await succeed(.init(method: .POST, key: key, query: [("uploads", "")]))
        guard let upload = S3Answer.fields(begun.body)?.values["UploadId"] else {
            throw ArchiveError.failed("\(location.host) did not name the upload")
        }
        let id = PercentEncoding.encode(upload.utf8)
        do {
            var complete = S3Client.Request(method: .POST, key: key, query: [("uploadId", id)])
            complete.headers = conditions
            complete.body = Array(try await parts(key, content, id).utf8)
            _ = try await succeed(complete)
        } catch {
            // Parts cost until somebody gives them up. The upload may have been cancelled; this must not be.
            await Task { [client] in
                _ = try? await client.send(.init(method: .DELETE, key: key, query: [("uploadId", id)]))
            }.value
            throw error
        }
    }

    /// Uploads all parts.
    /// - Returns: the body of the request that completes the upload.
    private func parts(_ key: [UInt8], _ content: SpooledFile, _ id: String) async throws -> String {
        let size = max(Self.part, content.size / Self.mostParts + 1)
        var text = "<CompleteMultipartUpload>"
        for (index, start) in stride(from: 0, to: content.size, by: size).enumerated() {
            var request = S3Client.Request(method: .PUT, key: key)
            request.query = [("partNumber", "\(index + 1)"), ("uploadId", id)]
            request.body = try await content.read(start..<start + size)
            guard let tag = try await succeed(request).headers.first(name: "ETag") else {
                throw ArchiveError.failed("\(location.host) did not answer the tag of a part")
            }
            text += "<Part><PartNumber>\(index + 1)</PartNumber><ETag>\(tag)</ETag></Part>"
        }
        return text + "</CompleteMultipartUpload>"
    }
}
