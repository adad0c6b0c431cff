// SPDX-License-Identifier: Apache-2.0

import Logging
import RedisClient
import RedisServer
import SlowArchive
import TestSupport
import Testing
import TileCache
import TileModel

@testable import Archive

extension SharedBlocks {
    /// With so much patience that a busy machine is none of the test's business.
    static func patient(_ server: RedisServer, patience: Duration = .seconds(20)) throws -> SharedBlocks {
        var configuration = RedisClient.Configuration()
        configuration.patience = patience
        configuration.unhurried = .seconds(20)
        configuration.longestReply = longestReply
        let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        return SharedBlocks(
            RedisClient(try RedisAddress(server.address), purpose: "tests", configuration, logger: silent))
    }
}

struct SharedBlocksTests {
    private static let block = BlockGrid.blockSize

    @Test("what one member read of the archive another finds here, and the archive is read once")
    func travels() async throws {
        let server = try await RedisServer()
        let (first, second) = (try DistantDocuments(), try DistantDocuments())
        let (document, bytes) = try await first.put("a", size: 40 * Self.block + 5)
        let shared = try SharedBlocks.patient(server)
        let store = first.store { $0.sources = [shared] }
        _ = try await store.lease(document, size: bytes.count).file(with: [0..<bytes.count])
        await shared.flush()
        let reads = first.archive.reads.count
        // Another member, with nothing on its disk.
        let others = try SharedBlocks.patient(server)
        let other = first.store { configuration in
            configuration.sources = [others]
            configuration.folder = second.cache.path
        }
        let file = try await other.lease(document, size: bytes.count).file(with: [0..<bytes.count])
        #expect(file.bytes(0..<bytes.count) == bytes)
        #expect(reads > 0 && first.archive.reads.count == reads)
    }

    @Test("a document of several questions comes whole")
    func large() async throws {
        let server = try await RedisServer()
        let test = try DistantDocuments()
        let (document, bytes) = try await test.put("a", size: 9 << 20)
        let key = BlockKey(document, size: bytes.count, archive: "x")
        let shared = try SharedBlocks.patient(server)
        shared.offer([BlockPiece(offset: 0, bytes: bytes)], of: key)
        await shared.flush()
        let pieces = try await shared.pieces([0..<bytes.count], of: key)
        #expect(BlockPiece.subtract(pieces, from: [0..<bytes.count]).isEmpty)
        #expect(pieces.allSatisfy { $0.bytes == Array(bytes[$0.range]) })
    }

    @Test("a block that was damaged there is not taken")
    func damaged() async throws {
        let server = try await RedisServer()
        let test = try DistantDocuments()
        let (document, bytes) = try await test.put("a", size: 3 * Self.block)
        let key = BlockKey(document, size: bytes.count, archive: "x")
        let shared = try SharedBlocks.patient(server)
        shared.offer([BlockPiece(offset: 0, bytes: bytes)], of: key)
        await shared.flush()
        let redis = RedisClient(
            try RedisAddress(server.address), purpose: "damage",
            logger: Logger(label: "t") { _ in SwiftLogNoOpLogHandler() })
        let name = Array("recto:block:\(document.pathSegment):\(key.fileName):1".utf8)
        let change = [Array("SETRANGE".utf8), name, Array("4000".utf8), Array("other bytes".utf8)]
        #expect(await redis.ask(change, patience: .seconds(20)) == .integer(8 + Self.block))
        let found = try await shared.pieces([0..<bytes.count], of: key)
        #expect(found.map(\.offset) == [0, 2 * Self.block])
    }

    @Test("a purge takes a document's blocks and leaves the others")
    func purge() async throws {
        let server = try await RedisServer()
        let test = try DistantDocuments()
        let shared = try SharedBlocks.patient(server)
        var keys: [BlockKey] = []
        for name in ["a", "ab"] {
            let (document, bytes) = try await test.put(name, size: Self.block)
            keys.append(BlockKey(document, size: bytes.count, archive: "x"))
            shared.offer([BlockPiece(offset: 0, bytes: bytes)], of: keys.last!)
        }
        await shared.flush()
        #expect(await shared.holdings(.all, most: 9).count == 2)
        await shared.purge(.document(keys[0].document.document))
        #expect(try await shared.pieces([0..<Self.block], of: keys[0]).isEmpty)
        #expect(try await shared.pieces([0..<Self.block], of: keys[1]).count == 1)
    }

    @Test("a server that hangs or is gone costs a reader its patience once, and the archive answers")
    func failsOpen() async throws {
        let server = try await RedisServer()
        let test = try DistantDocuments()
        let (document, bytes) = try await test.put("a", size: 12 * Self.block)
        let shared = try SharedBlocks.patient(server, patience: .milliseconds(20))
        server.halt()
        let file = try await test.store { $0.sources = [shared] }.lease(document, size: bytes.count)
            .file(with: [0..<bytes.count])
        #expect(file.bytes(0..<bytes.count) == bytes && test.archive.reads.count > 0)
        server.resume()
    }
}
