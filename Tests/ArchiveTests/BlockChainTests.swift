// SPDX-License-Identifier: Apache-2.0

import Logging
import SlowArchive
import Synchronization
import TestSupport
import Testing
import TileModel

@testable import Archive

/// A place in memory that has some ranges of a document, and notes what it is asked for and offered.
final class PartialPlace: BlockSource {
    let place: String
    private let bytes: [UInt8]
    private let held: [Range<Int>]
    private let notes = Mutex<(asked: [[Range<Int>]], offered: [Range<Int>])>(([], []))

    init(_ place: String, of bytes: [UInt8], has held: [Range<Int>]) {
        (self.place, self.bytes, self.held) = (place, bytes, held)
    }

    var asked: [[Range<Int>]] { notes.withLock { $0.asked } }
    var offered: [Range<Int>] { notes.withLock { $0.offered } }

    func pieces(_ ranges: [Range<Int>], of key: BlockKey) async throws -> [BlockPiece] {
        notes.withLock { $0.asked.append(ranges) }
        return ranges.flatMap { range in
            held.map { $0.clamped(to: range) }.filter { !$0.isEmpty }
                .map { BlockPiece(offset: $0.lowerBound, bytes: Array(bytes[$0])) }
        }
    }

    func offer(_ pieces: [BlockPiece], of key: BlockKey) {
        notes.withLock { $0.offered += pieces.map(\.range) }
    }
}

/// A place that is out of order.
struct BrokenPlace: BlockSource {
    let place = "broken"

    func pieces(_ ranges: [Range<Int>], of key: BlockKey) async throws -> [BlockPiece] {
        throw ArchiveError.failed("out of order")
    }
}

/// A place whose pieces are no blocks: cut off, shifted, or beyond the end.
struct RaggedPlace: BlockSource {
    let place = "ragged"

    func pieces(_ ranges: [Range<Int>], of key: BlockKey) async throws -> [BlockPiece] {
        let block = BlockPiece.unit
        return [
            BlockPiece(offset: 0, bytes: [UInt8](repeating: 1, count: block - 1)),
            BlockPiece(offset: 9, bytes: [UInt8](repeating: 2, count: block)),
            BlockPiece(offset: -block, bytes: [UInt8](repeating: 3, count: block)),
            BlockPiece(offset: key.size, bytes: [UInt8](repeating: 4, count: block)),
            BlockPiece(offset: block, bytes: []),
        ]
    }
}

struct BlockChainTests {
    private static let block = BlockGrid.blockSize

    private func blocks(_ range: Range<Int>) -> Range<Int> {
        range.lowerBound * Self.block..<range.upperBound * Self.block
    }

    private func read(_ test: DistantDocuments, _ sources: [any BlockSource], _ document: PinnedDocument, _ size: Int)
        async throws -> [UInt8]
    {
        let store = test.store { $0.sources = sources }
        return try await store.lease(document, size: size).file(with: [0..<size]).bytes(0..<size)
    }

    @Test("places are asked in their order, each for what those before it lacked, and the archive for the rest")
    func order() async throws {
        let test = try DistantDocuments()
        let (document, bytes) = try await test.put("a", size: 8 * Self.block)
        let first = PartialPlace("first", of: bytes, has: [blocks(0..<2), blocks(5..<6)])
        let second = PartialPlace("second", of: bytes, has: [blocks(1..<4)])
        #expect(try await read(test, [first, second], document, bytes.count) == bytes)
        #expect(first.asked == [[blocks(0..<8)]])
        #expect(second.asked == [[blocks(2..<5), blocks(6..<8)]])
        #expect(
            test.archive.reads.map(\.range).sorted { $0.lowerBound < $1.lowerBound } == [
                blocks(4..<5), blocks(6..<8),
            ])
        // What a place lacked it is told of.
        #expect(Set(first.offered) == [blocks(2..<4), blocks(4..<5), blocks(6..<8)])
        #expect(Set(second.offered) == [blocks(4..<5), blocks(6..<8)])
    }

    @Test("where a place has all of it the archive is not asked")
    func all() async throws {
        let test = try DistantDocuments()
        let (document, bytes) = try await test.put("a", size: 3 * Self.block + 1)
        let place = PartialPlace("place", of: bytes, has: [0..<bytes.count])
        #expect(try await read(test, [place], document, bytes.count) == bytes)
        #expect(test.archive.reads.isEmpty)
    }

    @Test("a place that fails, or gives what are no blocks, costs nothing but its turn")
    func faults() async throws {
        let test = try DistantDocuments()
        let (document, bytes) = try await test.put("a", size: 3 * Self.block + 1)
        #expect(try await read(test, [BrokenPlace(), RaggedPlace()], document, bytes.count) == bytes)
        #expect(test.archive.reads.map(\.range) == [0..<bytes.count])
        #expect(test.log.all.isEmpty)
    }
}
