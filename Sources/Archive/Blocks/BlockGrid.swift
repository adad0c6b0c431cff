// SPDX-License-Identifier: Apache-2.0

/// How a document is cut into blocks.
struct BlockGrid: Sendable, Hashable {
    /// Bytes of a block. Of a book of 1,000 pages one page takes 6 % in blocks of 64 KiB; at 30 ms a request and 50 MB/s
    /// a block is a twentieth of what a round trip costs anyway.
    static let blockSize = 64 << 10

    /// Bytes of the document.
    let size: Int

    var count: Int { (size + Self.blockSize - 1) / Self.blockSize }

    /// The blocks in which these bytes lie; what is beyond the document's end does not count.
    func blocks(of bytes: Range<Int>) -> Range<Int> {
        let bytes = bytes.clamped(to: 0..<size)
        guard !bytes.isEmpty else { return 0..<0 }
        return bytes.lowerBound / Self.blockSize..<(bytes.upperBound - 1) / Self.blockSize + 1
    }

    func bytes(of blocks: Range<Int>) -> Range<Int> {
        (blocks.lowerBound * Self.blockSize..<blocks.upperBound * Self.blockSize).clamped(to: 0..<size)
    }

    /// Whether the range of bytes consists of whole blocks.
    func isPiece(_ range: Range<Int>) -> Bool {
        !range.isEmpty && range.lowerBound >= 0 && range.lowerBound.isMultiple(of: Self.blockSize)
            && (range.upperBound == size || range.upperBound < size && range.upperBound.isMultiple(of: Self.blockSize))
    }
}
