// SPDX-License-Identifier: Apache-2.0

import Archive
import Document
import Foundation
import Glibc
import LargeDocuments
import Logging
import SlowArchive
import Synchronization
import Testing
import TileModel
import WorkerProtocol

@testable import RenderPool
@testable import TileService

/// What a distant document costs its archive, counted; with real workers.
@Suite(.serialized)
struct RangesTests {
    /// No byte was read twice.
    private func expectOnce(_ archive: SlowArchive, _ location: SourceLocation = #_sourceLocation) {
        let ranges = archive.reads.map(\.range).sorted { $0.lowerBound < $1.lowerBound }
        for (left, right) in zip(ranges, ranges.dropFirst()) {
            #expect(left.upperBound <= right.lowerBound, "\(left) and \(right)", sourceLocation: location)
        }
    }

    @Test("a document of 154 MB shows its first page after 6 requests in a row and a twentieth of its bytes")
    func large() async throws {
        let test = try await DistantService()
        let pdf = LargePDF(test.path("large.pdf"), pages: 70)
        let document = try await test.service.pinned("large.pdf")
        // Long enough that reads which do not wait for one another overlap on a busy machine as well.
        test.archive.behave(.late(.milliseconds(600)), for: document.document)
        // As a structure stream begins.
        let first = try await test.service.structure(of: document, from: 1, count: 1)
        #expect(first.summary.pages == 70)
        #expect(test.archive.bytesRead * 50 < pdf.size, "\(test.archive.bytesRead) bytes before the first event")
        let picture = try await test.service.picture("large.pdf", page: 1)
        #expect(test.archive.depth <= 6, "\(test.archive.reads.map { ($0.depth, $0.range) })")
        #expect(test.archive.bytesRead * 20 <= pdf.size, "\(test.archive.bytesRead) of \(pdf.size)")

        let (depth, bytes) = (test.archive.depth, test.archive.bytesRead)
        let middle = try await test.service.picture("large.pdf", page: 35)
        #expect(test.archive.depth - depth <= 3, "\(test.archive.reads.map { ($0.depth, $0.range) })")
        #expect((test.archive.bytesRead - bytes) * 20 <= pdf.size)
        // However flat the tree of pages is: a block for each page before it.
        let before = test.archive.depth
        _ = try await test.service.picture("large.pdf", page: 68)
        #expect(test.archive.depth - before <= 3, "\(test.archive.reads.map { ($0.depth, $0.range) })")

        test.archive.behave(.prompt, for: document.document)
        #expect(try await test.service.allPages("large.pdf").count == 70)
        for page in 1...70 { _ = try await test.service.picture("large.pdf", page: page, width: 50) }
        #expect(test.archive.bytesRead * 100 <= pdf.size * 115, "\(test.archive.bytesRead) of \(pdf.size)")
        expectOnce(test.archive)

        let local = try await test.local()
        #expect(try await local.picture("large.pdf", page: 1) == picture)
        #expect(try await local.picture("large.pdf", page: 35) == middle)
        await local.pool.shutDown()

        // A process that starts anew finds all of it on its disk.
        try await test.restart()
        #expect(try await test.service.picture("large.pdf", page: 50) != middle)
        #expect(try await test.service.picture("large.pdf", page: 35) == middle)
        #expect(test.archive.reads.isEmpty)
        await test.service.pool.shutDown()
    }

    @Test(
        "a small document of any format costs one request and looks as it does from a folder",
        arguments: [
            "ten-pages.pdf", "rotated.pdf", "raster/rgb-lzw.tif", "raster/progressive.jpg",
            "raster/rgb.png", "raster/bits-g4.tif", "raster/bits-tiled.tif", "raster/rgb-zip-tiled.tif",
            "raster/rgb-big.tif",
        ])
    func small(fixture: String) async throws {
        let test = try await DistantService()
        try test.copy(fixture)
        let name = String(fixture.split(separator: "/").last ?? "")
        let (distant, local) = (test.service, try await test.local())
        #expect(try await distant.allPages(name).count == local.allPages(name).count)
        #expect(try await distant.picture(name, page: 1) == local.picture(name, page: 1))
        #expect(test.archive.reads.count == 1)
        await distant.pool.shutDown()
        await local.pool.shutDown()
    }

    @Test("a distant TIFF of 150 pages shows its first page before the others are found, and no byte is read twice")
    func tiff() async throws {
        let test = try await DistantService()
        let tiff = LargeTIFF(test.path("large.tif"), pages: 150)
        let document = try await test.service.pinned("large.tif")
        test.archive.behave(.late(.milliseconds(600)), for: document.document)
        let first = try await test.service.structure(of: document, from: 1, count: 64)
        #expect(first.pages.map(\.page) == [1])
        #expect(first.summary.pages == nil)
        let picture = try await test.service.picture("large.tif", page: 1)
        #expect(test.archive.depth <= 6, "\(test.archive.reads.map { ($0.depth, $0.range) })")
        #expect(test.archive.bytesRead * 20 <= tiff.size, "\(test.archive.bytesRead) of \(tiff.size)")

        test.archive.behave(.prompt, for: document.document)
        #expect(try await test.service.allPages("large.tif").map(\.page) == Array(1...150))
        #expect(test.archive.bytesRead * 8 <= tiff.size, "\(test.archive.bytesRead) of \(tiff.size)")
        let depth = test.archive.depth
        let middle = try await test.service.picture("large.tif", page: 75)
        #expect(test.archive.depth - depth <= 3)
        for page in 1...150 { _ = try await test.service.picture("large.tif", page: page, width: 50) }
        #expect(test.archive.bytesRead * 100 <= tiff.size * 115)
        expectOnce(test.archive)
        let local = try await test.local()
        #expect(try await local.picture("large.tif", page: 1) == picture)
        #expect(try await local.picture("large.tif", page: 75) == middle)
        await #expect(throws: RenderError.self) { try await local.picture("large.tif", page: 151) }
        await test.service.pool.shutDown()
        await local.pool.shutDown()
    }

    @Test("two readers of one cold document cause one read of each block")
    func twoReaders() async throws {
        let test = try await DistantService(workers: 2)
        _ = LargePDF(test.path("large.pdf"), pages: 8)
        let service = test.service
        async let first = service.picture("large.pdf", page: 3)
        async let second = service.picture("large.pdf", page: 3, width: 300)
        async let third = service.picture("large.pdf", page: 4)
        _ = try await (first, second, third)
        expectOnce(test.archive)
        await test.service.pool.shutDown()
    }

    @Test("a read that stalls delays no tile of another document, and is cancelled with its last reader")
    func stalled() async throws {
        let test = try await DistantService()
        try test.copy("ten-pages.pdf")
        try test.copy("rotated.pdf")
        test.archive.behave(.held, for: try DocumentID("ten-pages.pdf"))
        let waiting = Task { [service = test.service] in try await service.picture("ten-pages.pdf", page: 1) }
        await test.archive.until { $0.begun == 1 }
        _ = try await test.service.picture("rotated.pdf", page: 1)
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        await test.archive.until { $0.cancelled == 1 }
        test.archive.behave(.prompt, for: try DocumentID("ten-pages.pdf"))
        #expect(try await !test.service.picture("ten-pages.pdf", page: 1).isEmpty)
        await test.service.pool.shutDown()
    }

    @Test("what the archive fails with is what the request fails with")
    func failure() async throws {
        let test = try await DistantService()
        try test.copy("ten-pages.pdf")
        test.archive.behave(.failing(.failed("out of order")), for: try DocumentID("ten-pages.pdf"))
        await #expect(throws: ArchiveError.failed("out of order")) {
            try await test.service.picture("ten-pages.pdf", page: 1)
        }
        test.archive.behave(.prompt, for: try DocumentID("ten-pages.pdf"))
        #expect(try await !test.service.picture("ten-pages.pdf", page: 1).isEmpty)
        await test.service.pool.shutDown()
    }

    @Test("a document that was replaced meanwhile is shown in its new version")
    func replaced() async throws {
        let test = try await DistantService()
        _ = LargePDF(test.path("a.pdf"), pages: 8)
        let before = try await test.service.picture("a.pdf", page: 1)
        #expect(unlink(test.path("a.pdf")) == 0)
        _ = LargePDF(test.path("a.pdf"), pages: 9)
        // Its version is believed current still, but what is not here yet can no longer be read.
        #expect(try await test.service.picture("a.pdf", page: 8) != before)
        #expect(try await test.service.pinned("a.pdf").version == test.archive.stat(DocumentID("a.pdf")).version)
        await test.service.pool.shutDown()
    }

    @Test("a worker that is killed in the middle is replaced, and nothing is fetched again")
    func killedWorker() async throws {
        let test = try await DistantService()
        _ = LargePDF(test.path("large.pdf"), pages: 8)
        _ = try await test.service.picture("large.pdf", page: 1)
        let known = test.archive.reads.count
        for process in test.service.pool.workerProcesses { kill(process, SIGKILL) }
        _ = try await test.service.picture("large.pdf", page: 1, width: 300)
        #expect(test.archive.reads.count == known)

        // While it waits for bytes there is no worker that it occupies.
        test.archive.behave(.held, for: try DocumentID("large.pdf"))
        let waiting = Task { [service = test.service] in try await service.picture("large.pdf", page: 5) }
        await test.archive.until { $0.begun >= known + 1 }
        for process in test.service.pool.workerProcesses { kill(process, SIGKILL) }
        test.archive.behave(.prompt, for: try DocumentID("large.pdf"))
        #expect(try await !waiting.value.isEmpty)
        expectOnce(test.archive)
        await test.service.pool.shutDown()
    }

    @Test("a long text is read as far as it is looked at, and ends as it does from a folder")
    func text() async throws {
        let test = try await DistantService()
        let line = "A line of a log that somebody may want to read from the beginning.\n"
        try Data(String(repeating: line, count: 150_000).utf8).write(to: URL(fileURLWithPath: test.path("long.txt")))
        _ = try await test.service.picture("long.txt", page: 1)
        #expect(test.archive.bytesRead < 2 << 20)
        let local = try await test.local()
        #expect(try await test.service.allPages("long.txt").count == local.allPages("long.txt").count)
        #expect(try await test.service.picture("long.txt", page: 1000) == local.picture("long.txt", page: 1000))
        expectOnce(test.archive)
        await test.service.pool.shutDown()
        await local.pool.shutDown()
    }

    @Test("who reads while blocks make way finds the right bytes or none")
    func readingWhileEvicting() async throws {
        let test = try await DistantService()
        let size = 4 << 20
        let block = 64 << 10
        let content = (0..<size / block).flatMap { [UInt8](repeating: UInt8($0 + 1), count: block) }
        try Data(content).write(to: URL(fileURLWithPath: test.path("a")))
        let document = try await test.service.pinned("a").pinned
        let store = BlockStore(
            BlockStore.Configuration(folder: test.folder + "/small", name: "node", budget: 1 << 20),
            archive: test.archive, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let handle = try await store.lease(document, size: size).file(with: [0..<block])
        let isOver = Mutex(false)
        let reading = Task.detached {
            let file = BlockedFile(
                descriptor: handle.descriptor, mapDescriptor: handle.map, dataOffset: handle.dataOffset,
                blocks: size / block)
            let source = BlockedSource(size: size, blockSize: block, file: try #require(file))
            var (right, wrong) = (0, 0)
            var place = 0
            while !isOver.withLock({ $0 }) || right == 0 {
                place = (place + 7) % (size / block)
                let bytes = source.head(at: place * block, 4096)
                guard let first = bytes.first else { continue }
                if bytes.allSatisfy({ $0 == first }), first == UInt8(place + 1) { right += 1 } else { wrong += 1 }
            }
            return (right, wrong)
        }
        for round in 0..<40 {
            let lease = store.lease(document, size: size)
            let start = round * 11 % 56 * block
            let file = try await lease.file(with: [start..<start + 8 * block])
            close(file.descriptor)
            close(file.map)
        }
        isOver.withLock { $0 = true }
        let (right, wrong) = try await reading.value
        #expect(right > 0 && wrong == 0, "\(right) right, \(wrong) wrong")
        await test.service.pool.shutDown()
    }
}

extension DocumentSource {
    fileprivate func head(at offset: Int, _ count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, done in
            done = read(at: offset, into: UnsafeMutableRawBufferPointer(buffer)) ? count : 0
        }
    }
}
