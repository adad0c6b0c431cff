// SPDX-License-Identifier: Apache-2.0

import CKernel
import Foundation
import Glibc
import Logging
import SlowArchive
import Synchronization
import TestSupport
import Testing
import TileCache
import TileModel

@testable import Archive

/// A distant archive with documents, and a folder for blocks.
final class DistantDocuments {
    let documents: TemporaryFolder
    let cache: TemporaryFolder
    let archive: SlowArchive
    let log = Warnings()
    private var kept: [AnyObject] = []

    /// Has something live as long as this.
    func keep(_ object: AnyObject) { kept.append(object) }

    init() throws {
        documents = try TemporaryFolder()
        cache = try TemporaryFolder()
        archive = try SlowArchive(folder: documents.path)
    }

    /// A store as a process that starts has it. The one before must be gone.
    func store(budget: Int = 1 << 30, _ adjust: (inout BlockStore.Configuration) -> Void = { _ in }) -> BlockStore {
        var configuration = BlockStore.Configuration(folder: cache.path, name: "node", budget: budget)
        adjust(&configuration)
        return BlockStore(configuration, archive: archive, logger: log.logger)
    }

    /// Does something with the store of a process that has ended when this returns.
    func beforeRestart(_ body: (BlockStore) async throws -> Void) async throws {
        let former: Former
        do {
            let store = store()
            former = Former(store)
            try await body(store)
        }
        try await former.gone()
    }

    /// - Parameter size: of pseudo-random bytes.
    func put(_ name: String, size: Int) async throws -> (document: PinnedDocument, bytes: [UInt8]) {
        var words = [UInt64](repeating: 0, count: (size + 7) / 8)
        var state = UInt64(size)
        for index in words.indices {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            words[index] = state
        }
        let bytes = words.withUnsafeBytes { Array($0.prefix(size)) }
        try await documents.put(name, bytes)
        let object = try await archive.stat(DocumentID(name))
        return (PinnedDocument(object.document, object.version), bytes)
    }

    /// What the block files take of the disk.
    var diskBytes: Int {
        let folder = "\(cache.path)/node"
        guard let directory = opendir(folder) else { return 0 }
        defer { closedir(directory) }
        var total = 0
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            var status = Glibc.stat()
            guard !name.hasPrefix("."), lstat("\(folder)/\(name)", &status) == 0 else { continue }
            total += Int(status.st_blocks) * 512
        }
        return total
    }

    /// The one block file.
    var file: String {
        let folder = "\(cache.path)/node"
        guard let directory = opendir(folder) else { return "" }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { return "\(folder)/\(name)" }
        }
        return ""
    }
}

extension BlockFileHandle {
    /// Reads a range, and closes the descriptors.
    func bytes(_ range: Range<Int>) -> [UInt8] {
        defer {
            close(descriptor)
            close(map)
        }
        var bytes = [UInt8](repeating: 0, count: range.count)
        let count = pread(descriptor, &bytes, bytes.count, off_t(dataOffset + range.lowerBound))
        return count == bytes.count ? bytes : []
    }
}

struct BlockStoreTests {
    private static let block = BlockGrid.blockSize

    private func read(_ store: BlockStore, _ document: PinnedDocument, _ size: Int, _ range: Range<Int>) async throws
        -> [UInt8]
    {
        let lease = store.lease(document, size: size)
        return try await lease.file(with: [range]).bytes(range)
    }

    @Test("a small document costs one request, and its bytes are right to the last")
    func small() async throws {
        let test = try DistantDocuments()
        let (document, bytes) = try await test.put("a", size: 200_001)
        let store = test.store()
        let opened = try await store.lease(document, size: bytes.count).file(with: [])
        #expect(opened.bytes(0..<bytes.count) == bytes)
        #expect(try await read(store, document, bytes.count, 70_000..<200_001) == Array(bytes[70_000...]))
        #expect(test.archive.reads.map(\.range) == [0..<200_001])
    }

    @Test("a large one is opened with two requests at the same time")
    func large() async throws {
        let test = try DistantDocuments()
        let (document, bytes) = try await test.put("a", size: 9 << 20)
        let lease = test.store().lease(document, size: bytes.count)
        test.archive.behave(.held, for: document.document)
        async let opened = lease.file(with: [])
        await test.archive.until { $0.begun == 2 }
        test.archive.behave(.prompt, for: document.document)
        #expect(try await opened.bytes(0..<100) == Array(bytes[..<100]))
        #expect(test.archive.reads.count == 2)
    }

    @Test("two readers of one cold document cause one read of each block")
    func singleFlight() async throws {
        let test = try DistantDocuments()
        let (document, bytes) = try await test.put("a", size: 300_000)
        let store = test.store()
        test.archive.behave(.held, for: document.document)
        async let first = read(store, document, bytes.count, 0..<300_000)
        await test.archive.until { $0.begun == 1 }
        async let second = read(store, document, bytes.count, 100_000..<200_000)
        async let third = read(store, document, bytes.count, 0..<10)
        test.archive.behave(.prompt, for: document.document)
        #expect(try await first == bytes)
        #expect(try await second == Array(bytes[100_000..<200_000]))
        #expect(try await third == Array(bytes[..<10]))
        #expect(test.archive.reads.count == 1)
    }

    @Test("a read is cancelled with the last who waits for it, and not before")
    func cancelled() async throws {
        let test = try DistantDocuments()
        let (document, bytes) = try await test.put("a", size: 300_000)
        let store = test.store()
        test.archive.behave(.held, for: document.document)
        let first = Task { try await read(store, document, bytes.count, 0..<300_000) }
        await test.archive.until { $0.begun == 1 }
        let second = Task { try await read(store, document, bytes.count, 0..<300_000) }
        first.cancel()
        await #expect(throws: CancellationError.self) { try await first.value }
        second.cancel()
        await #expect(throws: CancellationError.self) { try await second.value }
        await test.archive.until { $0.cancelled == $0.begun }
        test.archive.behave(.prompt, for: document.document)
        #expect(try await read(store, document, bytes.count, 0..<300_000) == bytes)
    }

    @Test("a read that stalls fails when its time is up, and holds up no other document")
    func stalled() async throws {
        let test = try DistantDocuments()
        let (stuck, size) = (try await test.put("stuck", size: 300_000).document, 300_000)
        let (document, bytes) = try await test.put("a", size: 200_000)
        let clock = Mutex<CheckedContinuation<Void, Never>?>(nil)
        let store = test.store { configuration in
            configuration.sleep = { limit in
                // Only the stuck document's read is waited for: that of the other has ended long before.
                guard limit > .seconds(11) else { return try await Task.sleep(for: limit) }
                await withCheckedContinuation { continuation in clock.withLock { $0 = continuation } }
            }
        }
        test.archive.behave(.stalled, for: stuck.document)
        let waiting = Task { try await read(store, stuck, size, 0..<size) }
        await test.archive.until { $0.begun == 1 }
        #expect(try await read(store, document, bytes.count, 0..<200_000) == bytes)
        while clock.withLock({ $0 == nil }) { await Task.yield() }
        clock.withLock { $0 }?.resume()
        await #expect(throws: ArchiveError.self) { try await waiting.value }
        test.archive.behave(.prompt, for: stuck.document)
        #expect(try await read(store, stuck, size, 0..<size).count == size)
    }

    @Test("what the archive says of its failure is what the reader gets")
    func failure() async throws {
        let test = try DistantDocuments()
        let (document, bytes) = try await test.put("a", size: 300_000)
        let store = test.store()
        for error in [ArchiveError.versionGone, .notFound, .failed("out of order")] {
            test.archive.behave(.failing(error), for: document.document)
            await #expect(throws: error) { try await read(store, document, bytes.count, 0..<9) }
        }
        test.archive.behave(.prompt, for: document.document)
        try await test.documents.put("a", [1, 2, 3])
        await #expect(throws: ArchiveError.versionGone) { try await read(store, document, bytes.count, 0..<9) }
    }

    @Test("a process that starts anew finds what the one before had, and reads nothing twice")
    func restart() async throws {
        let test = try DistantDocuments()
        let (small, smallBytes) = try await test.put("small", size: 200_001)
        let (large, largeBytes) = try await test.put("large", size: 9 << 20)
        try await test.beforeRestart { store in
            _ = try await read(store, small, smallBytes.count, 0..<200_001)
            _ = try await read(store, large, largeBytes.count, 5_000_000..<5_000_100)
        }
        test.archive.reset()
        let store = test.store()
        #expect(try await read(store, small, smallBytes.count, 0..<200_001) == smallBytes)
        #expect(
            try await read(store, large, largeBytes.count, 5_000_000..<5_000_100)
                == Array(largeBytes[5_000_000..<5_000_100]))
        #expect(test.archive.reads.isEmpty)
        _ = try await read(store, large, largeBytes.count, 3_000_000..<3_000_100)
        #expect(test.archive.reads.count == 1)
    }

    @Test(
        "a block that is damaged on disk, or whose record is, is fetched again, and it alone", arguments: [false, true])
    func damaged(record: Bool) async throws {
        let test = try DistantDocuments()
        let (document, bytes) = try await test.put("a", size: 400_000)
        try await test.beforeRestart { _ = try await read($0, document, bytes.count, 0..<400_000) }
        let file = open(test.file, O_RDWR)
        var byte: [UInt8] = [0]
        // A bit of block 3, or of its record.
        let place = record ? 4096 + 3 * 8 + 2 : Self.block + 3 * Self.block + 77
        #expect(pread(file, &byte, 1, off_t(place)) == 1)
        byte[0] ^= 4
        #expect(pwrite(file, &byte, 1, off_t(place)) == 1)
        close(file)
        test.archive.reset()
        #expect(try await read(test.store(), document, bytes.count, 0..<400_000) == bytes)
        #expect(test.archive.reads.map(\.range) == [3 * Self.block..<4 * Self.block])
    }

    @Test("a file that is none of ours, or cut off, is made anew")
    func foreign() async throws {
        let test = try DistantDocuments()
        let (document, bytes) = try await test.put("a", size: 400_000)
        try await test.beforeRestart { _ = try await read($0, document, bytes.count, 0..<400_000) }
        #expect(truncate(test.file, 100_000) == 0)
        #expect(try await read(test.store(), document, bytes.count, 0..<400_000) == bytes)
        #expect(test.log.all.isEmpty)
    }

    @Test("the budget holds, what was used least recently goes, and every byte of the disk is accounted for")
    func budget() async throws {
        let test = try DistantDocuments()
        let store = test.store(budget: 4 << 20)
        var documents: [(PinnedDocument, [UInt8])] = []
        for number in 0..<8 { documents.append(try await test.put("\(number)", size: 1_000_000 + number)) }
        for (document, bytes) in documents {
            #expect(try await read(store, document, bytes.count, 0..<bytes.count) == bytes)
            // The first is in use all the time.
            let (first, size) = (documents[0].0, documents[0].1.count)
            _ = try await read(store, first, size, 0..<size)
            let (usage, real) = (store.places.diskBytes, test.diskBytes)
            #expect(usage <= 4 << 20)
            #expect(abs(usage - real) * 20 <= real, "\(usage) bytes accounted for, \(real) taken")
        }
        let reads = test.archive.reads.map(\.document.displayName)
        #expect(reads == ["0", "1", "2", "3", "4", "5", "6", "7"])
        _ = try await read(store, documents[1].0, documents[1].1.count, 0..<10)
        #expect(test.archive.reads.count == 9)
    }

    @Test("of one document that is larger than the budget, blocks go; those that a job asked for stay until it ends")
    func leases() async throws {
        let test = try DistantDocuments()
        let (document, bytes) = try await test.put("a", size: 20 << 20)
        let store = test.store(budget: 4 << 20)
        let lease = store.lease(document, size: bytes.count)
        let held = 1 << 20..<3 << 20
        _ = try await lease.file(with: [held]).bytes(0..<1)
        for start in stride(from: 4 << 20, to: 20 << 20, by: 1 << 20) {
            #expect(
                try await read(store, document, bytes.count, start..<start + 100) == Array(bytes[start..<start + 100]))
        }
        test.archive.reset()
        let handle = try await lease.file(with: [held])
        #expect(handle.bytes(held) == Array(bytes[held]))
        #expect(test.archive.reads.isEmpty)
        #expect(store.places.diskBytes <= 4 << 20)
        #expect(abs(store.places.diskBytes - test.diskBytes) * 20 <= test.diskBytes)
    }

    @Test("what a job lacks does not push out what it has already, however small the budget")
    func ownBlocks() async throws {
        let test = try DistantDocuments()
        let (document, bytes) = try await test.put("a", size: 20 << 20)
        let store = test.store(budget: 1 << 20)
        for start in [0, 1 << 20, 3 << 18, 5 << 18] {
            let range = start..<start + (3 << 18)
            #expect(try await read(store, document, bytes.count, range) == Array(bytes[range]))
        }
    }

    @Test("where the folder cannot be used documents are kept in memory, with one warning")
    func noFolder() async throws {
        let test = try DistantDocuments()
        let (document, bytes) = try await test.put("a", size: 1_000_000)
        let (other, otherBytes) = try await test.put("b", size: 2_000_000)
        try await test.cache.put("file", [1])
        let store = test.store { configuration in
            configuration.folder = "\(test.cache.path)/file/below"
            configuration.memoryBudget = 3 << 20
        }
        for _ in 0..<2 {
            #expect(try await read(store, document, bytes.count, 0..<bytes.count) == bytes)
            #expect(try await read(store, other, otherBytes.count, 0..<otherBytes.count) == otherBytes)
        }
        #expect(test.archive.reads.count == 2)
        #expect(store.places.memoryBytes <= 3 << 20 && store.places.diskBytes == 0)
        #expect(test.log.all.count == 1, "\(test.log.all)")
        let (large, _) = try await test.put("large", size: 5 << 20)
        await #expect(throws: ArchiveError.self) { try await read(store, large, 5 << 20, 0..<5 << 20) }
    }

    @Test("a full disk makes the cache smaller or leaves it out, with one warning", .enabled(if: SmallDisk.isPossible))
    func fullDisk() async throws {
        let test = try DistantDocuments()
        let disk = try SmallDisk(megabytes: 2)
        let store = test.store { $0.folder = disk.path }
        for number in 0..<5 {
            let (document, bytes) = try await test.put("\(number)", size: 600_000)
            #expect(try await read(store, document, bytes.count, 0..<bytes.count) == bytes)
            #expect(try await read(store, document, bytes.count, 9..<11) == Array(bytes[9..<11]))
        }
        #expect(store.places.memoryBytes == 0)
        let (large, bytes) = try await test.put("large", size: 4_000_000)
        #expect(try await read(store, large, bytes.count, 0..<bytes.count) == bytes)
        #expect(store.places.memoryBytes >= 4_000_000)
        #expect(test.archive.reads.count == 6)
        #expect(test.log.all.count == 1, "\(test.log.all)")
    }

    @Test("two processes of one name do not take each other's folder")
    func sameName() async throws {
        let test = try DistantDocuments()
        let (document, bytes) = try await test.put("a", size: 300_000)
        let (first, second) = (test.store(), test.store())
        for store in [first, second] {
            #expect(try await read(store, document, bytes.count, 0..<9) == Array(bytes[..<9]))
        }
        #expect(test.archive.reads.count == 2)
        #expect(access("\(test.cache.path)/node-2", F_OK) == 0)
    }

    @Test("a document that is purged is fetched anew, the others are not")
    func purge() async throws {
        let test = try DistantDocuments()
        let (document, bytes) = try await test.put("a", size: 300_000)
        let (other, otherBytes) = try await test.put("b", size: 300_000)
        try await test.beforeRestart { store in
            _ = try await read(store, document, bytes.count, 0..<9)
            _ = try await read(store, other, otherBytes.count, 0..<9)
        }
        // One that an earlier process left is found as well.
        let store = test.store()
        _ = try await read(store, other, otherBytes.count, 0..<9)
        await store.purge(.document(document.document))
        test.archive.reset()
        #expect(try await read(store, document, bytes.count, 0..<9) == Array(bytes[..<9]))
        _ = try await read(store, other, otherBytes.count, 0..<9)
        #expect(test.archive.reads.map(\.document) == [document.document])
    }

    @Test("what lies on disk is told by document and purged by prefix, also what an earlier process left")
    func labels() async throws {
        let test = try DistantDocuments()
        try FileManager.default.createDirectory(atPath: test.documents.path + "/in", withIntermediateDirectories: true)
        let (inner, innerBytes) = try await test.put("in/a", size: 300_000)
        let (other, otherBytes) = try await test.put("b", size: 900_000)
        try await test.beforeRestart { store in
            _ = try await read(store, inner, innerBytes.count, 0..<9)
            _ = try await read(store, other, otherBytes.count, 0..<9)
            #expect(await store.holdings(.all, most: 9).map(\.document) == [other.document, inner.document])
        }
        let store = test.store()
        let held = await store.holdings(.all, most: 9)
        #expect(held.map(\.document) == [other.document, inner.document])
        #expect(held.reduce(0) { $0 + $1.bytes } == store.usage.bytes && store.usage.bytes == test.diskBytes)
        #expect(await store.holdings(.document(inner.document), most: 9).map(\.document) == [inner.document])
        #expect(await store.size(of: inner) == innerBytes.count)
        let stranger = PinnedDocument(inner.document, try DocumentVersion("other"))
        #expect(await store.size(of: stranger) == nil)
        await store.purge(.prefix(Array("in/".utf8)))
        #expect(await store.holdings(.all, most: 9).map(\.document) == [other.document])
        test.archive.reset()
        _ = try await read(store, other, otherBytes.count, 0..<9)
        #expect(test.archive.reads.isEmpty)
        await store.purge(.all)
        #expect(store.usage.bytes == 0 && store.usage.entries == 0 && test.diskBytes == 0)
    }
}
