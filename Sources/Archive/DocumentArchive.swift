// SPDX-License-Identifier: Apache-2.0

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

    /// Documents whose names begin with `prefix`, in the order of their bytes.
    /// - Parameters:
    ///   - cursor: the `next` of the page before.
    ///   - limit: 1 or more.
    func list(prefix: [UInt8], cursor: [UInt8]?, limit: Int) async throws -> ArchiveListing

    /// What the document is now. Throws `notFound`.
    func stat(_ document: DocumentID) async throws -> ArchiveObject

    /// A descriptor of exactly this version. Throws `versionGone` where the document has another one by now.
    func open(_ document: PinnedDocument) async throws -> ArchiveFile

    /// The bytes of `range`, cut at the document's end. Throws `versionGone` rather than mixing versions.
    func read(_ range: Range<Int>, of document: PinnedDocument) async throws -> [UInt8]
}

package struct ArchiveListing: Sendable {
    package var objects: [ArchiveObject]
    /// Where the next page begins; nil after the last.
    package var next: [UInt8]?
}

/// A document as the archive has it.
package struct ArchiveObject: Sendable, Hashable {
    package var document: DocumentID
    package var version: DocumentVersion
    package var size: Int
    /// Seconds since 1970.
    package var modified: Double
}

/// An open, read-only file of one version. The receiver closes the descriptor.
package struct ArchiveFile: Sendable {
    package var descriptor: CInt
    package var size: Int
    package var modifiedSeconds: Int
    package var modifiedNanoseconds: Int
    package var changedSeconds: Int
    package var changedNanoseconds: Int
}

package enum ArchiveError: Error, Sendable, Equatable {
    case notFound
    /// The document exists with another version.
    case versionGone
    /// The archive itself failed; trying again may help.
    case failed(String)

    /// A bounded label for metrics.
    package var label: String {
        switch self {
        case .notFound: "not-found"
        case .versionGone: "version-gone"
        case .failed: "failed"
        }
    }

    /// All that `label` can be.
    package static let labels = ["not-found", "version-gone", "failed"]
}

/// The registry of archive backends, asked in order by the location that the user gave.
package enum ArchiveBackends {
    package typealias Open = @Sendable (_ location: String) throws -> (any DocumentArchive)?

    package static let all: [Open] = [
        FolderArchive.open(location:)
    ]

    /// - Throws: `ArchiveError.failed` with a message for the user.
    package static func open(_ location: String) throws -> any DocumentArchive {
        for backend in all {
            if let archive = try backend(location) { return archive }
        }
        throw ArchiveError.failed("no archive backend knows the location \(location)")
    }
}
