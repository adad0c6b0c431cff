// SPDX-License-Identifier: Apache-2.0

import Access
import Cluster
import HTTPService
import Logging
import RedisClient
import RedisServer
import ServiceRole
import SlowArchive
import TestSupport
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
        },
        BlockSourceUnderTest(testDescription: "peers") { test, key, _ in
            let store = test.store()
            let file = try await store.lease(key.document, size: key.size).file(with: [0..<key.size])
            _ = file.bytes(0..<1)
            let secret = ClusterSecret.random()
            let server = try await HTTPServer.start(
                HTTPServer.Configuration(host: "127.0.0.1", port: 0),
                responder: ClusterRoutes(member: BlockHolder(store: store), secret: secret))
            let peers = PeerBlocks(id: "node-1", secret: secret, times: PeerTimes(firstByte: .seconds(60)))
            peers.named("127.0.0.1:\(server.port)", for: key.document.document)
            return peers
        },
        BlockSourceUnderTest(testDescription: "shared") { test, key, bytes in
            let server = try await RedisServer()
            test.keep(server)
            let shared = try SharedBlocks.patient(server)
            shared.offer([BlockPiece(offset: 0, bytes: bytes)], of: key)
            await shared.flush()
            return shared
        },
    ]
}

/// A member that has nothing but blocks.
private struct BlockHolder: ClusterMember {
    let store: BlockStore

    var state: MemberState {
        MemberState(id: "node-2", incarnation: 1, role: .node, status: .ready, address: "", clusterAddress: "")
    }

    func blocks(_ query: BlockQuery, for asker: String?) async -> (@Sendable (BodyWriter) async throws -> Void)? {
        let held = await store.held(
            query.document, size: query.size, fileName: query.name, query.ranges, waitsForAsking: false)
        guard let held else { return nil }
        return { writer in try await held.send { try await writer.write($0) } }
    }
}

/// What every place keeps to that blocks come from.
struct BlockSourceContract {
    private static let block = BlockGrid.blockSize

    private func withSource(
        _ subject: BlockSourceUnderTest, size: Int,
        _ body: (any BlockSource, BlockKey, [UInt8]) async throws -> Void
    ) async throws {
        let test = try DistantDocuments()
        defer { withExtendedLifetime(test) {} }
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
