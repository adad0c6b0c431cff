// SPDX-License-Identifier: Apache-2.0

import Logging
import SlowArchive
import Testing
import TileModel

@testable import Archive

/// A place that has one document, for the contract.
struct BlockSourceUnderTest: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// A source that has this document, `bytes` of which come out of the archive in the folder.
    let make: @Sendable (DistantDocuments, BlockKey, [UInt8]) async throws -> any BlockSource

    static let all: [BlockSourceUnderTest] = [
        BlockSourceUnderTest(testDescription: "archive") { test, _, _ in
            ArchiveBlocks(archive: test.archive, patience: ReadPatience()) { try await Task.sleep(for: $0) }
        }
    ]
}

/// What every place keeps to that blocks come from.
struct BlockSourceContract {
    private static let block = BlockGrid.blockSize

    private func withSource(
        _ subject: BlockSourceUnderTest, size: Int,
        _ body: (any BlockSource, BlockKey, [UInt8]) async throws -> Void
    ) async throws {
        let test = try DistantDocuments()
        let (document, bytes) = try await test.put("a", size: size)
        let key = BlockKey(document, size: size, archive: test.archive.name)
        try await body(try await subject.make(test, key, bytes), key, bytes)
    }

    @Test("what it gives are whole blocks with the document's bytes", arguments: BlockSourceUnderTest.all)
    func bytes(subject: BlockSourceUnderTest) async throws {
        try await withSource(subject, size: 5 * Self.block + 77) { source, key, bytes in
            let asked = [[0..<bytes.count], [Self.block..<2 * Self.block, 4 * Self.block..<bytes.count]]
            for ranges in asked {
                let pieces = try await source.pieces(ranges, of: key)
                #expect(BlockPiece.subtract(pieces, from: ranges).isEmpty)
                for piece in pieces {
                    #expect(key.grid.isPiece(piece.range))
                    #expect(piece.bytes == Array(bytes[piece.range]))
                }
            }
        }
    }

    @Test("of another version, or another size, it gives nothing", arguments: BlockSourceUnderTest.all)
    func otherVersion(subject: BlockSourceUnderTest) async throws {
        try await withSource(subject, size: 2 * Self.block) { source, key, _ in
            let version = try DocumentVersion("0123")
            let other = BlockKey(
                PinnedDocument(key.document.document, version), size: key.size, archive: key.archive)
            let pieces = (try? await source.pieces([0..<key.size], of: other)) ?? []
            #expect(pieces.isEmpty)
        }
    }

    @Test("it is named by one word", arguments: BlockSourceUnderTest.all)
    func name(subject: BlockSourceUnderTest) async throws {
        try await withSource(subject, size: 1) { source, _, _ in
            #expect(!source.place.isEmpty && source.place.allSatisfy { $0.isLetter && $0.isLowercase || $0 == "-" })
        }
    }
}
