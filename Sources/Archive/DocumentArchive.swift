// SPDX-License-Identifier: Apache-2.0

package import TileCache
package import TileModel

/// Where originals live. Rendering never changes them.
///
/// Every method may be called from many tasks at once, fails with `ArchiveError`, and never mixes two versions of a
/// document in one answer.
///
/// **Adding one:** a file in this folder with a type that conforms to this, and a line in `ArchiveBackends.all`. The
/// contract suite in `Tests/ArchiveTests` runs for it with one more line there.
package protocol DocumentArchive: Sendable {
    /// What the archive is called in logs and `recto status`.
    var name: String { get }

    /// The folders of which it is made, each with the local file system on which it lies: other machines do not see them.
    var localFolders: [(path: String, fileSystem: String)] { get }

    /// Whether `open` gives descriptors.
    var givesFiles: Bool { get }

    /// Looks whether the archive answers at all: at the start, and again and again while it does not. Throws `refused`
    /// where the settings are wrong, so that trying again cannot help, `unreachable` where it gives no answer.
    func check() async throws

    /// Since when the archive of this document gives no answer and is not asked; nil: it is asked. Cheap: it is looked at
    /// for every request.
    func outage(of document: DocumentID) -> ArchiveOutage?

    /// What it keeps of documents itself.
    var layers: [any CacheLayer] { get }

    /// Whether all of the document is kept so: then it can be read whether or not the archive answers.
    func holds(_ document: PinnedDocument) -> Bool

    /// Documents whose names begin with `prefix`, in the order of their bytes. Throws `notListable`.
    /// - Parameters:
    ///   - cursor: the `next` of the page before.
    ///   - limit: 1 or more.
    ///   - caller: on whose behalf; nil: Recto's own.
    func list(prefix: [UInt8], cursor: [UInt8]?, limit: Int, for caller: CallerCredential?) async throws
        -> ArchiveListing

    /// What the document is now. Throws `notFound`, and `unauthenticated` or `forbidden` where the archive decides
    /// rights and the caller has none.
    func stat(_ document: DocumentID, for caller: CallerCredential?) async throws -> ArchiveObject

    /// A descriptor of exactly this version, or nil where the archive is not made of local files: then the document is
    /// `read`. Throws `versionGone` where the document has another version by now.
    func open(_ document: PinnedDocument) async throws -> ArchiveFile?

    /// The bytes of `range`, cut at the document's end. Throws `versionGone` rather than mixing versions.
    func read(_ range: Range<Int>, of document: PinnedDocument) async throws -> [UInt8]

    /// Whether `read` gives all of this version without asking anybody.
    func isAtHand(_ document: PinnedDocument) -> Bool

    /// Makes `content` the document's. Nobody ever sees a part of it. Throws `preconditionFailed`, or `readOnly` where
    /// the archive cannot be written to.
    func put(_ document: DocumentID, _ content: SpooledFile, _ condition: WriteCondition) async throws -> ArchiveObject

    /// Throws `notFound`, `preconditionFailed`, `readOnly`.
    func delete(_ document: DocumentID, _ condition: WriteCondition) async throws
}

extension DocumentArchive {
    package var localFolders: [(path: String, fileSystem: String)] { [] }

    package var givesFiles: Bool { false }

    package func check() async throws {}

    package func outage(of document: DocumentID) -> ArchiveOutage? { nil }

    package var layers: [any CacheLayer] { [] }

    package func holds(_ document: PinnedDocument) -> Bool { false }

    package func open(_ document: PinnedDocument) async throws -> ArchiveFile? { nil }

    package func isAtHand(_ document: PinnedDocument) -> Bool { false }

    package func put(_ document: DocumentID, _ content: SpooledFile, _ condition: WriteCondition) async throws
        -> ArchiveObject
    {
        throw ArchiveError.readOnly
    }

    package func delete(_ document: DocumentID, _ condition: WriteCondition) async throws {
        throw ArchiveError.readOnly
    }

    package func list(prefix: [UInt8], cursor: [UInt8]?, limit: Int) async throws -> ArchiveListing {
        try await list(prefix: prefix, cursor: cursor, limit: limit, for: nil)
    }

    package func stat(_ document: DocumentID) async throws -> ArchiveObject { try await stat(document, for: nil) }
}
