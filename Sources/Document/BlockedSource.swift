// SPDX-License-Identifier: Apache-2.0

import CKernel
import Glibc

/// A document of which only some blocks are at hand, in a file with holes. A map in shared memory says which.
///
/// Never waits: what is not there is noted, and the read fails. Whoever fills the file writes bytes first, then the map's
/// bit; who takes bytes away raises the map's counter first. So a read counts only if the counter is the same after it.
package final class BlockedSource: DocumentSource {
    package let size: Int
    private let blockSize: Int
    private var file: BlockedFile
    private var missingBlocks: Set<Int> = []
    /// None: whoever fetched the blocks has counted what they cost the archive.
    package var reads: ReadCount { ReadCount() }

    /// Bytes taken away while they were read: whoever takes them is done after the first time or two.
    private static let mostTries = 4

    /// - Parameters:
    ///   - size: bytes of the document, `blockSize` of one block.
    ///   - file: its blocks.
    package init(size: Int, blockSize: Int, file: BlockedFile) {
        self.size = size
        self.blockSize = blockSize
        self.file = file
    }

    /// Blocks are kept in one version of a document: it does not change.
    package var isUnchanged: Bool { true }

    /// Reads from another file from now on: that from before may be without a keeper.
    package func adopt(_ file: BlockedFile) { self.file = file }

    package func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) -> Bool {
        guard offset >= 0, buffer.count <= size, offset <= size - buffer.count else { return false }
        guard buffer.count > 0 else { return true }
        let wanted = offset..<offset + buffer.count
        for _ in 0..<Self.mostTries {
            let counter = file.counter
            guard isAtHand(wanted) else { return false }
            guard file.read(at: offset, into: buffer) else { break }
            if file.counter == counter {
                return true
            }
        }
        missingBlocks.formUnion(blocks(of: wanted))
        return false
    }

    package var isComplete: Bool { false }

    package func isAtHand(_ range: Range<Int>) -> Bool {
        let absent = blocks(of: range).filter { !file.holds($0) }
        missingBlocks.formUnion(absent)
        return absent.isEmpty
    }

    private func blocks(of range: Range<Int>) -> Range<Int> {
        let range = range.clamped(to: 0..<size)
        guard !range.isEmpty else { return 0..<0 }
        return range.lowerBound / blockSize..<(range.upperBound - 1) / blockSize + 1
    }

    package var isMissingBytes: Bool { !missingBlocks.isEmpty }

    package func takeMissing() -> [Range<Int>] {
        defer { missingBlocks = [] }
        var ranges: [Range<Int>] = []
        for block in missingBlocks.sorted() {
            let bytes = block * blockSize..<min(size, (block + 1) * blockSize)
            if let last = ranges.last, last.upperBound == bytes.lowerBound {
                ranges[ranges.count - 1] = last.lowerBound..<bytes.upperBound
            } else {
                ranges.append(bytes)
            }
        }
        return ranges
    }
}
