// SPDX-License-Identifier: Apache-2.0

/// Which documents a purge or a question is about.
package enum DocumentSelection: Hashable, Sendable {
    case document(DocumentID)
    /// All whose names begin with these bytes; none: all documents.
    case prefix([UInt8])

    package static let all = Self.prefix([])

    package func contains(_ document: DocumentID) -> Bool {
        switch self {
        case .document(let one): one == document
        case .prefix(let bytes): document.bytes.starts(with: bytes)
        }
    }
}
