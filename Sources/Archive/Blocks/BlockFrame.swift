// SPDX-License-Identifier: Apache-2.0

/// A block on its way from one member to another: its number and its length (4 bytes each, least significant first), the
/// digest under which it was kept (8 bytes), its bytes.
package enum BlockFrame {
    static let headSize = 16

    /// Says nothing but that blocks will come: an answer leaves with its first bytes.
    static let promise = [UInt8](repeating: 0xFF, count: headSize)

    static func encode(_ block: Int, _ bytes: [UInt8], digest: UInt64) -> [UInt8] {
        var frame: [UInt8] = []
        frame.reserveCapacity(headSize + bytes.count)
        for shift in stride(from: 0, to: 32, by: 8) { frame.append(UInt8(truncatingIfNeeded: block >> shift)) }
        for shift in stride(from: 0, to: 32, by: 8) { frame.append(UInt8(truncatingIfNeeded: bytes.count >> shift)) }
        for shift in stride(from: 0, to: 64, by: 8) { frame.append(UInt8(truncatingIfNeeded: digest >> shift)) }
        return frame + bytes
    }
}

/// Why what another member sent is not taken.
package enum BlockFrameError: Error, Equatable {
    /// It ends within a block.
    case cutOff
    /// It is no block of the document, or not one that was asked for.
    case foreign
    /// Its bytes are not those that were kept.
    case corrupt
}

/// Reads frames out of pieces of a stream. What it gives is right.
package struct BlockFrameReader {
    private let key: BlockKey
    private let wanted: [Range<Int>]
    private let seed: UInt64
    private var unread: [UInt8] = []
    private var start = 0

    /// - Parameter ranges: the bytes that were asked for; other blocks than those are `foreign`.
    package init(_ key: BlockKey, _ ranges: [Range<Int>]) {
        self.key = key
        wanted = ranges.map(key.grid.blocks)
        seed = key.seed
    }

    /// The blocks that are whole with these bytes.
    /// - Throws: `foreign`, `corrupt`. No more can be read then.
    package mutating func read(_ bytes: some Collection<UInt8>) throws(BlockFrameError) -> [BlockPiece] {
        unread.append(contentsOf: bytes)
        var pieces: [BlockPiece] = []
        while let piece = try next() { pieces.append(piece) }
        unread.removeFirst(start)
        start = 0
        return pieces
    }

    /// To be called at the end of the stream.
    /// - Throws: `cutOff`.
    package func finish() throws(BlockFrameError) {
        guard unread.isEmpty else { throw .cutOff }
    }

    private mutating func next() throws(BlockFrameError) -> BlockPiece? {
        while unread[start...].starts(with: BlockFrame.promise) { start += BlockFrame.headSize }
        guard unread.count - start >= BlockFrame.headSize else { return nil }
        let (block, count) = (Int(number(start, 4)), Int(number(start + 4, 4)))
        guard wanted.contains(where: { $0.contains(block) }), count == key.grid.bytes(of: block..<block + 1).count
        else { throw .foreign }
        let first = start + BlockFrame.headSize
        guard unread.count - first >= count else { return nil }
        let bytes = Array(unread[first..<first + count])
        let digest = bytes.withUnsafeBytes { BlockDigest.of($0, block: block, seed: seed) }
        guard digest == number(start + 8, 8) else { throw .corrupt }
        start = first + count
        return BlockPiece(offset: key.grid.bytes(of: block..<block + 1).lowerBound, bytes: bytes)
    }

    private func number(_ place: Int, _ count: Int) -> UInt64 {
        (0..<count).reduce(0) { $0 | UInt64(unread[place + $1]) << UInt64($1 * 8) }
    }
}
