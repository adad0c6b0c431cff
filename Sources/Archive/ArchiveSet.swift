// SPDX-License-Identifier: Apache-2.0

package import TileCache
package import TileModel

/// Several archives side by side: the first part of a document's name is the name of its archive.
package final class ArchiveSet: DocumentArchive {
    package let name: String
    private let archives: [(name: [UInt8], archive: any DocumentArchive)]

    /// - Parameter archives: by name; no name is empty or has a slash.
    /// - Throws: `refused` where two have the same name.
    package init(_ archives: [(name: String, archive: any DocumentArchive)]) throws(ArchiveError) {
        // Names with their slash sort as the documents behind them do.
        self.archives = archives.map { (Array("\($0.name)/".utf8), $0.archive) }
            .sorted { $0.name.lexicographicallyPrecedes($1.name) }
        name = archives.map { "\($0.name)=\($0.archive.name)" }.joined(separator: " ")
        for (first, second) in zip(self.archives, self.archives.dropFirst()) where first.name == second.name {
            throw .refused("two archives are called “\(String(decoding: first.name.dropLast(), as: UTF8.self))”")
        }
    }

    private func archive(of document: DocumentID) throws(ArchiveError) -> (any DocumentArchive, DocumentID) {
        guard let (name, archive) = archives.first(where: { document.bytes.starts(with: $0.name) }),
            let inner = try? DocumentID(bytes: document.bytes.dropFirst(name.count))
        else { throw .notFound }
        return (archive, inner)
    }

    private func archive(of document: PinnedDocument) throws(ArchiveError) -> (any DocumentArchive, PinnedDocument) {
        let (archive, inner) = try archive(of: document.document)
        return (archive, PinnedDocument(inner, document.version))
    }

    package var localFolders: [(path: String, fileSystem: String)] { archives.flatMap(\.archive.localFolders) }

    package var givesFiles: Bool { archives.contains { $0.archive.givesFiles } }

    package func check() async throws {
        for (_, archive) in archives { try await archive.check() }
    }

    package func outage(of document: DocumentID) -> ArchiveOutage? {
        // An archive is away with all of its documents, so their names below it need not be worked out for every request.
        archives.first { document.bytes.starts(with: $0.name) }?.archive.outage(of: document)
    }

    package func holds(_ document: PinnedDocument) -> Bool {
        guard let (archive, inner) = try? archive(of: document) else { return false }
        return archive.holds(inner)
    }

    package var layers: [any CacheLayer] {
        archives.flatMap { name, archive in archive.layers.map { LayerBelowName($0, name: name) } }
    }

    package func stat(_ document: DocumentID, for caller: CallerCredential?) async throws -> ArchiveObject {
        let (archive, inner) = try archive(of: document)
        var object = try await archive.stat(inner, for: caller)
        object.document = document
        return object
    }

    package func open(_ document: PinnedDocument) async throws -> ArchiveFile? {
        let (archive, inner) = try archive(of: document)
        return try await archive.open(inner)
    }

    package func read(_ range: Range<Int>, of document: PinnedDocument) async throws -> [UInt8] {
        let (archive, inner) = try archive(of: document)
        return try await archive.read(range, of: inner)
    }

    package func isAtHand(_ document: PinnedDocument) -> Bool {
        guard let (archive, inner) = try? archive(of: document) else { return false }
        return archive.isAtHand(inner)
    }

    package func put(_ document: DocumentID, _ content: SpooledFile, _ condition: WriteCondition) async throws
        -> ArchiveObject
    {
        let (archive, inner) = try archive(of: document)
        var object = try await archive.put(inner, content, condition)
        object.document = document
        return object
    }

    package func delete(_ document: DocumentID, _ condition: WriteCondition) async throws {
        let (archive, inner) = try archive(of: document)
        try await archive.delete(inner, condition)
    }

    // MARK: Listing

    /// Goes through the archives one after the other: their names keep them apart in the order of bytes.
    package func list(prefix: [UInt8], cursor: [UInt8]?, limit: Int, for caller: CallerCredential?) async throws
        -> ArchiveListing
    {
        var found: [ArchiveEntry] = []
        for (name, archive) in archives {
            guard name.starts(with: prefix) || prefix.starts(with: name) else { continue }
            if let cursor, !cursor.starts(with: name), name.lexicographicallyPrecedes(cursor) { continue }
            var inner = cursor.flatMap { $0.starts(with: name) ? Array($0.dropFirst(name.count)) : nil }
            if inner?.isEmpty == true { inner = nil }
            repeat {
                // An archive that cannot say what it holds does not keep the others from it.
                guard
                    let page = try await Self.listable({
                        try await archive.list(
                            prefix: Array(prefix.dropFirst(name.count)), cursor: inner, limit: limit + 1 - found.count,
                            for: caller)
                    })
                else { break }
                found += page.objects.compactMap { Self.entry($0, below: name) }
                inner = page.next
            } while inner != nil && found.count <= limit
            if found.count > limit { break }
        }
        let objects = Array(found.prefix(limit))
        return ArchiveListing(objects: objects, next: found.count > limit ? objects.last?.document.bytes : nil)
    }

    private static func listable(_ list: () async throws -> ArchiveListing) async throws -> ArchiveListing? {
        do { return try await list() } catch ArchiveError.notListable { return nil }
    }

    private static func entry(_ entry: ArchiveEntry, below name: [UInt8]) -> ArchiveEntry? {
        // A name that gets too long by it could not be asked for either.
        guard let document = try? DocumentID(bytes: name + entry.document.bytes) else { return nil }
        var entry = entry
        entry.document = document
        return entry
    }
}
