// SPDX-License-Identifier: Apache-2.0

package import TileCache
package import TileModel

/// Another archive, with everything that is asked of it counted.
package struct MeasuredArchive: DocumentArchive {
    private let archive: any DocumentArchive
    private let metrics: ArchiveMetrics

    package init(_ archive: any DocumentArchive, _ metrics: ArchiveMetrics) {
        self.archive = archive
        self.metrics = metrics
    }

    package var name: String { archive.name }

    package var localFolders: [(path: String, fileSystem: String)] { archive.localFolders }

    package var givesFiles: Bool { archive.givesFiles }

    package func check() async throws { try await archive.check() }

    package func outage(of document: DocumentID) -> ArchiveOutage? { archive.outage(of: document) }

    package var layers: [any CacheLayer] { archive.layers }

    package func holds(_ document: PinnedDocument) -> Bool { archive.holds(document) }

    package func list(prefix: [UInt8], cursor: [UInt8]?, limit: Int, for caller: CallerCredential?) async throws
        -> ArchiveListing
    {
        try await metrics.measure(.list) {
            try await archive.list(prefix: prefix, cursor: cursor, limit: limit, for: caller)
        }
    }

    package func stat(_ document: DocumentID, for caller: CallerCredential?) async throws -> ArchiveObject {
        try await metrics.measure(.stat) { try await archive.stat(document, for: caller) }
    }

    package func open(_ document: PinnedDocument) async throws -> ArchiveFile? {
        try await metrics.measure(.open) { try await archive.open(document) }
    }

    package func read(_ range: Range<Int>, of document: PinnedDocument) async throws -> [UInt8] {
        let bytes = try await metrics.measure(.read) { try await archive.read(range, of: document) }
        metrics.gave(bytes.count)
        return bytes
    }

    package func isAtHand(_ document: PinnedDocument) -> Bool { archive.isAtHand(document) }

    package func put(_ document: DocumentID, _ content: SpooledFile, _ condition: WriteCondition) async throws
        -> ArchiveObject
    {
        try await metrics.measure(.put) { try await archive.put(document, content, condition) }
    }

    package func delete(_ document: DocumentID, _ condition: WriteCondition) async throws {
        try await metrics.measure(.delete) { try await archive.delete(document, condition) }
    }
}
