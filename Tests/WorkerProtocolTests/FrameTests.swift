// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing
import TileModel
import WorkerProtocol

struct FrameTests {
    static let tile = Tile(
        page: 3, region: PixelRegion(x: 1, y: 2, width: 300, height: 400), size: PixelSize(width: 30, height: 40),
        rotation: TileRotation(mirrored: true, degrees: 22.5), quality: .gray, format: .jpg)

    @Test(
        "every request survives the way to a worker",
        arguments: [
            .structure(from: 65, count: 64), .outline, .page(7),
            .render(tile, pageSize: PixelSize(width: 2448, height: 3168)), .text(page: 9), .links(page: 10),
            .search("été 日本", from: 1158),
        ] as [WorkerRequest])
    func requests(request: WorkerRequest) throws {
        let source = WorkerSource.file(
            SourceIdentity(
                size: 5, modifiedSeconds: -1, modifiedNanoseconds: 999_999_999, changedSeconds: 7,
                changedNanoseconds: 8))
        let job = WorkerJob(id: 77, documentKey: Array("a@b".utf8), request: request, source: source)
        guard case .job(let read) = try PoolFrame(decoding: PoolFrame.job(job).encoded()[...]) else {
            Issue.record("not a job")
            return
        }
        #expect(read.request == request)
        #expect(read.id == 77 && read.documentKey == Array("a@b".utf8) && read.source == source)
    }

    static let allFailures: [WorkerFailure] = [
        .needsSource, .formatUnknown, .damaged("why"), .passwordRequired, .noSuchPage(pages: 3),
        .pageSizeDiffers(
            PageSummary(
                page: 1, geometry: PageGeometry(width: 1, height: 2.5, unit: .pixels, rotation: 90), label: "iv",
                tiles: .jpg)), .sourceChanged, .cancelled, .tooLarge, .formatUnsupported,
        .bytesMissing([0..<65536, 131_072..<131_073]),
    ]

    @Test(
        "ranges out of their order, empty or touching are no failure that a worker sends",
        arguments: [[5..<9, 0..<4], [3..<3], [0..<4, 4..<5], [-1..<2]])
    func malformedRanges(ranges: [Range<Int>]) {
        let (head, data) = WorkerFrame.failed(5, .bytesMissing(ranges), WorkerReport()).encoded()
        #expect(throws: MalformedFrame.self) { try WorkerFrame(decoding: (head + data)[...]) }
    }

    @Test("a source of blocks survives the way to a worker")
    func blocks() throws {
        let source = WorkerSource.blocks(SourceBlocks(size: 9, blockSize: 4, dataOffset: 64))
        let job = WorkerJob(id: 1, documentKey: [1], request: .outline, source: source)
        guard case .job(let read) = try PoolFrame(decoding: PoolFrame.job(job).encoded()[...]) else {
            Issue.record("not a job")
            return
        }
        #expect(read.source == source)
    }

    @Test("every failure survives the way back", arguments: allFailures)
    func failures(failure: WorkerFailure) throws {
        var report = WorkerReport()
        report.renderMilliseconds = 1.5
        report.reads = 9
        let (head, data) = WorkerFrame.failed(5, failure, report).encoded()
        guard case .failed(5, let read, let readReport) = try WorkerFrame(decoding: (head + data)[...]) else {
            Issue.record("not a failure")
            return
        }
        #expect(read == failure)
        #expect(readReport.renderMilliseconds == 1.5 && readReport.reads == 9)
    }

    @Test("a picture, an outline and a structure survive the way back")
    func replies() throws {
        let picture = Picture(format: .webp, size: PixelSize(width: 9, height: 8), data: [1, 2, 3])
        let (head, data) = WorkerFrame.done(1, .picture(picture), WorkerReport()).encoded()
        guard case .done(1, .picture(let read), _) = try WorkerFrame(decoding: (head + data)[...]) else {
            Issue.record("not a picture")
            return
        }
        #expect(read.data == [1, 2, 3] && read.size == picture.size && read.format == .webp)

        let items = [
            OutlineItem(
                title: "a", page: nil, items: [OutlineItem(title: "b", page: 4, position: PagePosition(x: nil, y: 1.5))]
            )
        ]
        guard
            case .done(_, .outline(let outline), _) = try WorkerFrame(
                decoding: WorkerFrame.done(1, .outline(items), WorkerReport()).encoded().head[...])
        else {
            Issue.record("not an outline")
            return
        }
        #expect(outline == items)
    }

    private func returned(_ reply: WorkerReply) throws -> WorkerReply? {
        let (head, data) = WorkerFrame.done(1, reply, WorkerReport()).encoded()
        guard case .done(1, let read, _) = try WorkerFrame(decoding: (head + data)[...]) else { return nil }
        return read
    }

    @Test("text, links, hits and metadata survive the way back")
    func texts() throws {
        let box = PageBox(x: 1, y: 2.5, width: 3, height: 4)
        let text = PageText(words: [
            PageWord(text: "so-", box: box, ending: .hyphen), PageWord(text: "été", box: box, ending: .line),
        ])
        guard case .text(let readText) = try returned(.text(text)) else { throw MalformedFrame() }
        #expect(readText == text)
        let links = [
            PageLink(boxes: [box, box], target: .uri("https://example.org")),
            PageLink(boxes: [], target: .page(7, PagePosition(x: nil, y: 9))),
            PageLink(boxes: [box], target: .page(1, nil)),
        ]
        guard case .links(let readLinks) = try returned(.links(links)) else { throw MalformedFrame() }
        #expect(readLinks == links)
        for next in [nil, 8] {
            let part = SearchPart(
                hits: [SearchHit(page: 3, boxes: [box], before: "a", match: "b", after: "c")], next: next)
            guard case .search(let readPart) = try returned(.search(part)) else { throw MalformedFrame() }
            #expect(readPart == part)
        }
        let summary = DocumentSummary(
            format: "application/pdf", pages: nil, title: "t",
            metadata: DocumentMetadata(author: "a", creator: "c", modified: "2024"))
        guard case .structure(let part) = try returned(.structure(StructurePart(summary: summary, pages: []))) else {
            throw MalformedFrame()
        }
        #expect(part.summary == summary)
    }

    @Test("frames that were cut or altered are refused or read as something else, but never trap")
    func hostile() {
        var random = SplitMix(state: 42)
        let (head, data) = WorkerFrame.done(
            1,
            .structure(
                StructurePart(
                    summary: DocumentSummary(format: "application/pdf", pages: 2, title: "t"),
                    pages: [
                        PageSummary(
                            page: 1, geometry: PageGeometry(width: 1, height: 1, unit: .points), label: nil, tiles: .png
                        )
                    ])), WorkerReport()
        ).encoded()
        let frame = head + data
        for length in 0..<frame.count { _ = try? WorkerFrame(decoding: frame[..<length]) }
        for _ in 0..<20_000 {
            var altered = frame
            for _ in 0...Int(random.next() % 4) {
                altered[Int(random.next() % UInt64(altered.count))] = UInt8(truncatingIfNeeded: random.next())
            }
            _ = try? WorkerFrame(decoding: altered[...])
            _ = try? PoolFrame(decoding: altered[...])
        }
    }

    @Test("a frame and its descriptors cross a socket")
    func descriptor() throws {
        let (left, right) = try FrameChannel.pair()
        let (sender, receiver) = (FrameChannel(descriptor: left), FrameChannel(descriptor: right))
        let files = [open("/dev/null", O_RDONLY), open("/dev/zero", O_RDONLY)]
        try sender.send([1, 2, 3], attached: files)
        for file in files { close(file) }
        try sender.send([], data: [9])
        let first = try #require(try receiver.receive())
        #expect(first.body == [1, 2, 3])
        #expect(first.attached.count == 2)
        for received in first.attached {
            #expect(fcntl(received, F_GETFD) & FD_CLOEXEC != 0)
            close(received)
        }
        #expect(try receiver.receive()?.body == [9])
    }

    @Test("a peer that goes ends the stream, in the middle of a frame with an error")
    func end() throws {
        let (left, right) = try FrameChannel.pair()
        let receiver = FrameChannel(descriptor: right)
        var header: [UInt8] = [100, 0, 0, 0, 1, 2]
        write(left, &header, header.count)
        close(left)
        #expect(throws: MalformedFrame.self) { try receiver.receive() }
        let (ours, theirs) = try FrameChannel.pair()
        close(ours)
        #expect(try FrameChannel(descriptor: theirs).receive() == nil)
    }

    @Test("a frame that claims to be enormous is refused before memory is taken")
    func enormous() throws {
        let (left, right) = try FrameChannel.pair()
        var header: [UInt8] = [0xFF, 0xFF, 0xFF, 0xFF]
        write(left, &header, 4)
        #expect(throws: MalformedFrame.self) { try FrameChannel(descriptor: right).receive() }
        close(left)
    }
}

/// A small generator with a fixed seed, so that a failure can be repeated.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}
