// SPDX-License-Identifier: Apache-2.0

package import RedisClient
package import TileCache
package import TileModel

/// A Redis server as a place that blocks come from: what one member read of the archive the others find there.
///
/// A key is `recto:block:DOCUMENT@VERSION:FILE:NUMBER`, with the name that the document's file has on disk, which tells archives
/// and sizes apart. Its value is the block behind a digest. Blocks end after `lifetime`; what stays as long as that is for
/// Redis to say.
package final class SharedBlocks: BlockSource, CacheLayer {
    package let place = "shared"
    private let redis: RedisClient
    private let names: RedisNames
    private let writes: WriteBehind
    private let counts = LayerCounts(layer: "blocks-shared")

    /// In one question: 4 MiB.
    private static let mostBlocks = 64
    /// From the first byte of an answer to its last: 4 MiB over a line of 10 MB/s.
    private static let whole: Duration = .milliseconds(500)
    /// In seconds, half a day.
    private static let lifetime = 43_200
    /// Of a document: a larger one would push out thousands of others.
    private static let largest = 256 << 20

    /// The longest answer that it asks for.
    package static let longestReply = mostBlocks * (BlockGrid.blockSize + 64)

    package init(_ redis: RedisClient) {
        self.redis = redis
        names = RedisNames(redis, purpose: "recto:block")
        writes = WriteBehind(layer: "blocks-shared", mostBytes: 16 << 20)
    }

    // MARK: Taking

    package func pieces(_ ranges: [Range<Int>], of key: BlockKey) async throws -> [BlockPiece] {
        guard key.size <= Self.largest else { return [] }
        let blocks = ranges.flatMap { Array(key.grid.blocks(of: $0)) }
        var found: [BlockPiece] = []
        for start in stride(from: 0, to: blocks.count, by: Self.mostBlocks) {
            let some = blocks[start..<min(start + Self.mostBlocks, blocks.count)]
            guard let answer = await ask(for: some, key) else { break }
            found += answer
            try Task.checkCancellation()
        }
        counts.hit(found.count)
        counts.missed(blocks.count - found.count)
        return found
    }

    /// Nil where there is no answer.
    private func ask(for blocks: ArraySlice<Int>, _ key: BlockKey) async -> [BlockPiece]? {
        let names = blocks.compactMap { name($0, key) }
        guard names.count == blocks.count,
            case .list(let values)? = await redis.ask([Array("MGET".utf8)] + names, whole: Self.whole)
        else { return nil }
        return zip(blocks, values).compactMap { block, value in
            guard case .bytes(let sealed) = value, let bytes = Self.opened(sealed, block, key) else { return nil }
            return BlockPiece(offset: block * BlockGrid.blockSize, bytes: bytes)
        }
    }

    private func name(_ block: Int, _ key: BlockKey) -> [UInt8]? {
        names.name(key.document, "\(key.fileName):\(block)")
    }

    private static func opened(_ sealed: [UInt8], _ block: Int, _ key: BlockKey) -> [UInt8]? {
        guard sealed.count == 8 + key.grid.bytes(of: block..<block + 1).count else { return nil }
        let bytes = Array(sealed[8...])
        return digest(bytes, block, key) == Array(sealed[..<8]) ? bytes : nil
    }

    private static func digest(_ bytes: [UInt8], _ block: Int, _ key: BlockKey) -> [UInt8] {
        let digest = bytes.withUnsafeBytes { BlockDigest.of($0, block: block, seed: key.seed) }
        return withUnsafeBytes(of: digest.littleEndian) { Array($0) }
    }

    // MARK: Giving

    package func offer(_ pieces: [BlockPiece], of key: BlockKey) {
        guard key.size <= Self.largest, !redis.isPaused else { return }
        for piece in pieces {
            for block in key.grid.blocks(of: piece.range) {
                let start = block * BlockGrid.blockSize - piece.offset
                let bytes = Array(piece.bytes[start..<start + key.grid.bytes(of: block..<block + 1).count])
                keep(bytes, block, key)
            }
        }
    }

    private func keep(_ bytes: [UInt8], _ block: Int, _ key: BlockKey) {
        guard let name = name(block, key) else { return }
        writes.add(bytes: bytes.count) { [redis] in
            let value = Self.digest(bytes, block, key) + bytes
            let command = [Array("SET".utf8), name, value, Array("EX".utf8), Array("\(Self.lifetime)".utf8)]
            _ = await redis.ask(command, patience: redis.configuration.unhurried)
        }
    }

    /// Returns when what waits has been written.
    func flush() async { await writes.inOrder {} }

    // MARK: CacheLayer

    package var name: String { counts.layer }

    /// What Redis holds it does not tell by purpose.
    package var usage: LayerUsage { counts.usageElsewhere }

    package func holdings(_ selection: DocumentSelection, most count: Int) async -> [LayerHolding] {
        await names.holdings(selection, most: count)
    }

    package func purge(_ selection: DocumentSelection) async {
        await writes.inOrder { [names] in await names.remove(selection) }
    }
}
