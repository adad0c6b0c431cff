// SPDX-License-Identifier: Apache-2.0

package import Access
package import TileModel

/// A version of a document as somebody asked for it. The password is part of its identity, so that whatever was learnt
/// or rendered with one is found only by a request that brings the same.
package struct RequestedDocument: Sendable, Hashable {
    package let pinned: PinnedDocument
    package let password: DocumentPassword?

    package init(_ pinned: PinnedDocument, password: DocumentPassword? = nil) {
        self.pinned = pinned
        self.password = password
    }

    package var document: DocumentID { pinned.document }
    package var version: DocumentVersion { pinned.version }

    /// Names it for workers: equal keys mean equal bytes, opened in the same way.
    var key: [UInt8] { Array(pinned.pathSegment.utf8) + (password.map { [0] + $0.digest } ?? []) }
}
