// SPDX-License-Identifier: Apache-2.0

import Archive
package import TileModel

/// The version of a document that a request is answered from.
package struct ResolvedDocument: Sendable, Hashable {
    package let pinned: PinnedDocument
    /// In bytes; nil where the archive has not told it to this process.
    package let size: Int?
    /// False where the archive, could it be reached, might say something else by now.
    package let isConfirmed: Bool

    init(_ pinned: PinnedDocument, size: Int?, isConfirmed: Bool) {
        self.pinned = pinned
        self.size = size
        self.isConfirmed = isConfirmed
    }

    init(_ object: ArchiveObject, isConfirmed: Bool) {
        self.init(PinnedDocument(object.document, object.version), size: object.size, isConfirmed: isConfirmed)
    }
}
