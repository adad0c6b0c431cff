// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import TileModel

/// The list of an HTTP origin's documents, as `docs/archive-provider.md` has it. Pure.
struct OriginIndex {
    private struct Text: Decodable {
        struct Document: Decodable {
            var id: String
            var size: Int?
            var modified: String?
            var etag: String?
        }

        var documents: [Document]
        var more: Bool?
    }

    /// In the order of their names' bytes.
    let entries: [ArchiveEntry]
    /// Whether the origin has more behind the last of these.
    let hasMore: Bool

    /// - Throws: `failed` where it is no such list.
    init(_ bytes: [UInt8]) throws(ArchiveError) {
        let text: Text
        do {
            text = try JSONDecoder().decode(Text.self, from: Data(bytes))
        } catch {
            throw .failed("the list of documents is not as it should be: \(error)")
        }
        // Names that no document can have are passed over.
        entries = text.documents.compactMap(Self.entry).sorted { $0.document < $1.document }
        hasMore = text.more ?? false
    }

    private static func entry(_ listed: Text.Document) -> ArchiveEntry? {
        guard let document = try? DocumentID(listed.id) else { return nil }
        let mark = HTTPVersionMark(entityTag: listed.etag, lastModified: nil, size: listed.size)
        return ArchiveEntry(
            document: document, version: mark.version, size: listed.size,
            modified: listed.modified.flatMap { CivilTime.internet($0) ?? CivilTime.http($0) })
    }

    /// A page of it. The origin may have looked at prefix, cursor and limit, or at none of them.
    func page(prefix: [UInt8], cursor: [UInt8]?, limit: Int) -> ArchiveListing {
        let found = entries.filter { entry in
            entry.document.bytes.starts(with: prefix)
                && cursor.map { $0.lexicographicallyPrecedes(entry.document.bytes) } ?? true
        }
        let objects = Array(found.prefix(limit))
        let isCut = found.count > limit
        return ArchiveListing(
            objects: objects,
            next: isCut ? objects.last?.document.bytes : hasMore ? entries.last?.document.bytes : nil)
    }
}
