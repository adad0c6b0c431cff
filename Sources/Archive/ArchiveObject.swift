// SPDX-License-Identifier: Apache-2.0

package import TileModel

/// A document as the archive has it.
package struct ArchiveObject: Sendable, Hashable {
    package var document: DocumentID
    package var version: DocumentVersion
    package var size: Int
    /// Seconds since 1970; nil where the archive does not say.
    package var modified: Double?
    /// The media type that the archive gives it. For information: formats are told by the bytes.
    package var mediaType: String?

    package init(
        document: DocumentID, version: DocumentVersion, size: Int, modified: Double?, mediaType: String? = nil
    ) {
        self.document = document
        self.version = version
        self.size = size
        self.modified = modified
        self.mediaType = mediaType
    }
}

/// A document in a listing.
package struct ArchiveEntry: Sendable, Hashable {
    package var document: DocumentID
    /// Nil where the listing does not say; `stat` does.
    package var version: DocumentVersion?
    package var size: Int?
    /// Seconds since 1970, as the document bears it.
    package var modified: Double?
    /// Seconds since 1970 at which the archive took the document in or changed it, where it tells that from `modified`:
    /// a file may be copied with an old time.
    package var changed: Double?

    package init(
        document: DocumentID, version: DocumentVersion? = nil, size: Int? = nil, modified: Double? = nil,
        changed: Double? = nil
    ) {
        self.document = document
        self.version = version
        self.size = size
        self.modified = modified
        self.changed = changed ?? modified
    }
}

package struct ArchiveListing: Sendable {
    package var objects: [ArchiveEntry]
    /// Where the next page begins; nil after the last.
    package var next: [UInt8]?

    package init(objects: [ArchiveEntry], next: [UInt8]?) {
        self.objects = objects
        self.next = next
    }
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

/// What must hold of a document for it to be written or deleted (RFC 9110, sections 13.1.1 and 13.1.2).
package enum WriteCondition: Sendable, Hashable {
    case none
    /// There is none of that name.
    case absent
    /// It is there, in any version.
    case present
    /// It has one of these versions.
    case versions([DocumentVersion])

    /// - Parameter current: nil where there is no such document.
    /// - Throws: `preconditionFailed`.
    func check(_ current: DocumentVersion?) throws(ArchiveError) {
        let holds =
            switch self {
            case .none: true
            case .absent: current == nil
            case .present: current != nil
            case .versions(let versions): current.map(versions.contains) ?? false
            }
        guard holds else { throw .preconditionFailed }
    }
}
