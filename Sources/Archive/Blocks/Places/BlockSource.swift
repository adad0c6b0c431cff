// SPDX-License-Identifier: Apache-2.0

/// A place that may have bytes of documents which lie far away. Places are asked in their order for what is not here; what
/// none of them has the archive gives.
///
/// Whatever a place does, the reader waits for it: it bounds its own time, and ends early where its task is cancelled. An
/// error is as good as having nothing (the archive's alone is the reader's), and what it gives of a document must be what
/// the archive has under that version: it checks what may have changed on its way.
///
/// **Adding one:** a file with a type that conforms to this, and a line in `BlockPlaces` (target `recto`). The contract suite in
/// `Tests/ArchiveTests/BlockSourceContract.swift` runs for it with one more line there.
package protocol BlockSource: Sendable {
    /// A word by which metrics and logs name it.
    var place: String { get }

    /// Bytes of these ranges, as far as this place has them; more of the document does no harm.
    /// - Parameter ranges: of bytes, in their order; each begins at a multiple of `BlockPiece.unit` and ends at one or at
    ///   the document's end.
    func pieces(_ ranges: [Range<Int>], of key: BlockKey) async throws -> [BlockPiece]

    /// What this place lacked and another one gave, for it to keep if it likes. Returns at once.
    func offer(_ pieces: [BlockPiece], of key: BlockKey)
}

extension BlockSource {
    package func offer(_ pieces: [BlockPiece], of key: BlockKey) {}
}

/// Bytes of a document that stand side by side.
package struct BlockPiece: Sendable, Equatable {
    /// Pieces begin at a multiple of this, in bytes, and end at one or at the document's end.
    package static let unit = BlockGrid.blockSize

    package var offset: Int
    package var bytes: [UInt8]

    package init(offset: Int, bytes: [UInt8]) {
        self.offset = offset
        self.bytes = bytes
    }

    package var range: Range<Int> { offset..<offset + bytes.count }

    /// What of `ranges` is in none of the pieces.
    package static func subtract(_ pieces: [BlockPiece], from ranges: [Range<Int>]) -> [Range<Int>] {
        pieces.map(\.range).reduce(ranges) { ranges, taken in
            ranges.flatMap { range in
                [
                    range.lowerBound..<max(range.lowerBound, min(range.upperBound, taken.lowerBound)),
                    min(range.upperBound, max(range.lowerBound, taken.upperBound))..<range.upperBound,
                ]
                .filter { !$0.isEmpty }
            }
        }
    }
}
