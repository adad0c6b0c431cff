// SPDX-License-Identifier: Apache-2.0

package import Access
package import TileModel

/// A version of a document as somebody asked for it. The password is part of its identity, so that whatever was learnt
/// or rendered with one is found only by a request that brings the same.
package struct RequestedDocument: Sendable, Hashable {
    package let pinned: PinnedDocument
    package let password: DocumentPassword?
    /// In bytes; nil where the archive has not told it. Follows from the version.
    let size: Int?
    /// False where the archive could not be asked whether the version still is the current one. Not part of the identity.
    let isConfirmed: Bool

    package init(_ resolved: ResolvedDocument, password: DocumentPassword? = nil) {
        pinned = resolved.pinned
        self.password = password
        size = resolved.size
        isConfirmed = resolved.isConfirmed
    }

    package init(_ pinned: PinnedDocument, password: DocumentPassword? = nil) {
        self.init(ResolvedDocument(pinned, size: nil, isConfirmed: true), password: password)
    }

    package var document: DocumentID { pinned.document }
    package var version: DocumentVersion { pinned.version }

    package static func == (left: Self, right: Self) -> Bool {
        left.pinned == right.pinned && left.password == right.password
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(pinned)
        hasher.combine(password)
    }

    /// Names it for workers: equal keys mean equal bytes, opened in the same way.
    var key: [UInt8] { Array(pinned.pathSegment.utf8) + (password.map { [0] + $0.digest } ?? []) }

    /// The document that such a key names.
    static func document(ofKey key: [UInt8]) -> DocumentID? {
        (try? DocumentReference(pathSegment: key.prefix { $0 != 0 }))?.document
    }
}
