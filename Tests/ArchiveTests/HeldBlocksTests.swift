// SPDX-License-Identifier: Apache-2.0

import Glibc
import SlowArchive
import Synchronization
import TestSupport
import Testing
import TileCache
import TileModel

@testable import Archive

/// What one process gives another of its blocks.
struct HeldBlocksTests {
    private static let block = BlockGrid.blockSize

    private func read(_ store: BlockStore, _ document: PinnedDocument, _ size: Int, _ range: Range<Int>) async throws {
        let file = try await store.lease(document, size: size).file(with: [range])
        close(file.descriptor)
        close(file.map)
    }

    private func held(
        _ store: BlockStore, _ key: BlockKey, _ ranges: [Range<Int>], waitsForAsking: Bool = false
    ) async -> HeldBlocks? {
        await store.held(
            key.document, size: key.size, fileName: key.fileName, ranges, waitsForAsking: waitsForAsking)
    }

    private func pieces(_ held: HeldBlocks, _ key: BlockKey) async throws -> [BlockPiece] {
        var reader = BlockFrameReader(key, [0..<key.size])
        var pieces: [BlockPiece] = []
        try await held.send { pieces += try reader.read($0) }
        try reader.finish()
        return pieces
    }

    @Test("blocks that are here are given, those that are not are neither given nor fetched")
    func here() async throws {
        let test = try DistantDocuments()
        let (document, bytes) = try await test.put("a", size: 12 << 20)
        let key = BlockKey(document, size: bytes.count, archive: test.archive.name)
        let store = test.store()
        #expect(await held(store, key, [0..<bytes.count]) == nil)
        try await read(store, document, bytes.count, 4 * Self.block..<6 * Self.block)
        let reads = test.archive.reads.count
        let found = try #require(await held(store, key, [0..<8 * Self.block, 100 * Self.block..<101 * Self.block]))
        let pieces = try await pieces(found, key)
        #expect(pieces.map(\.offset) == [4 * Self.block, 5 * Self.block])
        #expect(pieces.allSatisfy { $0.bytes == Array(bytes[$0.range]) })
        #expect(test.archive.reads.count == reads)
        // One answer is bounded.
        try await read(store, document, bytes.count, 0..<bytes.count)
        let all = try #require(await held(store, key, [0..<bytes.count]))
        #expect(all.here.count == BlockStore.mostHeld)
    }

    @Test("under another size, another version or another archive there is nothing")
    func other() async throws {
        let test = try DistantDocuments()
        let (document, bytes) = try await test.put("a", size: 300_000)
        let store = test.store()
        try await read(store, document, bytes.count, 0..<bytes.count)
        for key in [
            BlockKey(document, size: bytes.count - 1, archive: test.archive.name),
            BlockKey(document, size: bytes.count, archive: "another"),
            BlockKey(
                PinnedDocument(document.document, try DocumentVersion("0")), size: bytes.count,
                archive: test.archive.name),
        ] {
            #expect(await held(store, key, [0..<bytes.count]) == nil)
        }
    }

    @Test("what an earlier process left on disk is given as well")
    func restarted() async throws {
        let test = try DistantDocuments()
        let (document, bytes) = try await test.put("a", size: 300_000)
        try await test.beforeRestart { try await read($0, document, bytes.count, 0..<bytes.count) }
        let key = BlockKey(document, size: bytes.count, archive: test.archive.name)
        let store = test.store()
        let found = try #require(await held(store, key, [0..<bytes.count]))
        #expect(try await pieces(found, key).count == key.grid.count)
    }

    @Test("a block that is being read just then is given when it has come, something else at once")
    func coming() async throws {
        let test = try DistantDocuments()
        let (document, bytes) = try await test.put("a", size: 300_000)
        let key = BlockKey(document, size: bytes.count, archive: test.archive.name)
        let store = test.store()
        test.archive.behave(.held, for: document.document)
        async let reading: Void = read(store, document, bytes.count, 0..<bytes.count)
        await test.archive.until { $0.begun == 1 }
        let found = try #require(await held(store, key, [0..<bytes.count]))
        #expect(found.here.isEmpty)
        let begun = Mutex(false)
        let pieces = Task {
            var reader = BlockFrameReader(key, [0..<key.size])
            var pieces: [BlockPiece] = []
            try await found.send { bytes in
                pieces += try reader.read(bytes)
                begun.withLock { $0 = true }
            }
            return pieces
        }
        while !begun.withLock({ $0 }) { await Task.yield() }
        test.archive.behave(.prompt, for: document.document)
        try await reading
        #expect(try await pieces.value.reduce(0) { $0 + $1.bytes.count } == bytes.count)
        #expect(test.archive.reads.count == 1)
    }

    @Test("a read that fails leaves whoever waits for it with what is here")
    func failing() async throws {
        let test = try DistantDocuments()
        let (document, bytes) = try await test.put("a", size: 300_000)
        let key = BlockKey(document, size: bytes.count, archive: test.archive.name)
        let store = test.store()
        test.archive.behave(.held, for: document.document)
        let reading = Task { try await read(store, document, bytes.count, 0..<bytes.count) }
        await test.archive.until { $0.begun == 1 }
        let found = try #require(await held(store, key, [0..<bytes.count]))
        async let pieces = pieces(found, key)
        test.archive.behave(.failing(.failed("out of order")), for: document.document)
        await #expect(throws: ArchiveError.self) { try await reading.value }
        #expect(try await pieces.isEmpty)
    }

    /// A place that is asked and keeps everybody waiting until the test says so.
    private final class HeldPlace: BlockSource {
        let place = "held"
        let begun = Landing()
        let ended = Landing()

        func pieces(_ ranges: [Range<Int>], of key: BlockKey) async throws -> [BlockPiece] {
            begun.land()
            await ended.wait()
            return []
        }
    }

    @Test("of two that ask each other, only one waits for the other")
    func asking() async throws {
        let test = try DistantDocuments()
        let (document, bytes) = try await test.put("a", size: 300_000)
        let key = BlockKey(document, size: bytes.count, archive: test.archive.name)
        let place = HeldPlace()
        let store = test.store { $0.sources = [place] }
        async let reading: Void = read(store, document, bytes.count, 0..<bytes.count)
        await place.begun.wait()
        #expect(await held(store, key, [0..<bytes.count]) == nil)
        let found = try #require(await held(store, key, [0..<bytes.count], waitsForAsking: true))
        async let pieces = pieces(found, key)
        place.ended.land()
        try await reading
        #expect(try await pieces.count == key.grid.count)
        #expect(test.archive.reads.count == 1)
    }

    @Test("a small document travels whole in a message, and a bit that is wrong in it is not kept")
    func message() async throws {
        let test = try DistantDocuments()
        let (document, bytes) = try await test.put("a", size: 200_001)
        let first = test.store()
        // The second one is to find the folder taken.
        defer { withExtendedLifetime(first) {} }
        #expect(await first.whole(document, size: bytes.count, limit: 1 << 20) == nil)
        try await read(first, document, bytes.count, 0..<bytes.count)
        #expect(await first.whole(document, size: bytes.count, limit: 200_000) == nil)
        let frames = try #require(await first.whole(document, size: bytes.count, limit: 1 << 20))
        test.archive.reset()

        var wrong = frames
        wrong[BlockFrame.headSize + Self.block + 3000] ^= 1
        let second = test.store()
        await #expect(throws: BlockFrameError.corrupt) { try await second.take(wrong, of: document, size: bytes.count) }
        await #expect(throws: BlockFrameError.cutOff) {
            try await second.take(frames.dropLast(), of: document, size: bytes.count)
        }
        try await second.take(frames, of: document, size: bytes.count)
        let lease = second.lease(document, size: bytes.count)
        #expect(try await lease.file(with: [0..<bytes.count]).bytes(0..<bytes.count) == bytes)
        #expect(test.archive.reads.isEmpty)
    }

    @Test("all that a member has is taken over before it goes, but not what would take too much room")
    func takeOver() async throws {
        let test = try DistantDocuments()
        let (document, bytes) = try await test.put("a", size: 12 << 20)
        let range = 3 << 20..<11 << 20
        let place = PartialPlace("place", of: bytes, has: [range])
        let store = test.store()
        await store.takeOver(document, size: bytes.count, from: place)
        #expect(test.archive.reads.isEmpty)
        #expect(
            try await store.lease(document, size: bytes.count).file(with: [range]).bytes(range) == Array(bytes[range]))
        #expect(test.archive.reads.isEmpty)

        let tight = PartialPlace("tight", of: bytes, has: [range])
        await test.store(budget: 16 << 20).takeOver(document, size: bytes.count, from: tight)
        #expect(tight.asked.isEmpty)
    }

    @Test("without a budget nothing is kept beyond the job, on disk neither")
    func nothingKept() async throws {
        let test = try DistantDocuments()
        let (document, bytes) = try await test.put("a", size: 300_000)
        let store = test.store(budget: 0)
        for round in 1...2 {
            do {
                let lease = store.lease(document, size: bytes.count)
                #expect(try await lease.file(with: []).bytes(0..<bytes.count) == bytes)
                #expect(try await lease.file(with: [0..<9]).bytes(0..<9) == Array(bytes[..<9]))
                #expect(test.archive.reads.count == round)
            }
            while store.places.diskBytes > 0 { await Task.yield() }
            #expect(test.diskBytes == 0)
        }
    }

    @Test("a document that is to be read whole is read in one request, however large it is")
    func whole() async throws {
        let test = try DistantDocuments()
        let (document, bytes) = try await test.put("a", size: 20 << 20)
        let store = test.store { $0.wholeSize = .max }
        let file = try await store.lease(document, size: bytes.count).file(with: [])
        #expect(file.bytes(0..<bytes.count) == bytes)
        #expect(test.archive.reads.map(\.range) == [0..<bytes.count])
    }
}
