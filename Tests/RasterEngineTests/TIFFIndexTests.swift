// SPDX-License-Identifier: Apache-2.0

import Document
import Testing
import TileModel

@testable import RasterEngine

@Suite(.serialized)
struct TIFFIndexTests {
    private typealias Page = TIFFWriter.Page

    /// A page whose every pixel says which page it is.
    private func numbered(_ number: Int, subfileType: Int = 0) -> Page {
        Page(width: 8 + number % 5, height: 6, subfileType: subfileType) { _, _ in UInt8(truncatingIfNeeded: number * 7)
        }
    }

    private func grey(_ document: any OpenDocument, page: Int) throws -> UInt32 {
        try Picture.draw(document, page: page).pixel(3, 3) & 0xFF
    }

    @Test("both byte orders of classic and big TIFF are read", arguments: [false, true], [false, true])
    func kinds(isBig: Bool, isLittleEndian: Bool) throws {
        let writer = TIFFWriter(isBig: isBig, isLittleEndian: isLittleEndian)
        let document = try Picture.open(MemorySource(writer.file((0..<5).map { numbered($0) })))
        #expect(document.summary == DocumentSummary(format: "image/tiff", pages: 5, title: nil))
        for page in 1...5 {
            #expect(try document.page(page).geometry.width == Double(8 + (page - 1) % 5))
            #expect(try grey(document, page: page) == UInt32((page - 1) * 7))
        }
    }

    @Test("a page of ten thousand is shown without walking to it")
    func manyPages() throws {
        let source = MemorySource(TIFFWriter().file((0..<10_000).map { numbered($0) }))
        let document = try Picture.open(source)
        #expect(document.summary.pages == 10_000)
        // One read a directory, and a few for head and header.
        #expect(source.reads.calls <= 10_010)
        let opened = source.reads
        #expect(try document.pages(from: 4_990, count: 64).count == 64)
        #expect(source.reads.calls == opened.calls)
        #expect(try grey(document, page: 5_000) == UInt32(4_999 * 7 % 256))
        #expect(source.reads.calls - opened.calls <= 10)
        #expect(source.reads.bytes - opened.bytes <= 128 << 10)
    }

    @Test("the first page of a distant file is there before the others, and pages close together come together")
    func distant() throws {
        let file = TIFFWriter().file(
            (0..<300).map { number in Page(width: 60, height: 50) { _, _ in UInt8(truncatingIfNeeded: number) } })
        let source = DistantSource(file)
        var document: (any OpenDocument)?
        let opening = try source.rounds { document = try Picture.open(source) }
        #expect(opening <= 3)
        let open = try #require(document)
        #expect(open.summary.pages == nil)
        #expect(source.bytesPresent * 20 < file.count)
        var pages: [PageSummary] = []
        var rounds = 0
        while true {
            var part: [PageSummary] = []
            rounds += try source.rounds { part = try open.pages(from: pages.count + 1, count: 64) }
            guard !part.isEmpty else { break }
            pages += part
        }
        #expect(pages.map(\.page) == Array(1...300))
        #expect(open.summary.pages == 300)
        #expect(rounds <= 30, "\(rounds) round trips for 300 pages")
    }

    @Test("a page that a distant file does not have is looked for to the end, and what is damaged ends it")
    func distantEnd() throws {
        let file = TIFFWriter(loopsTo: 1).file((0..<9).map { numbered($0) })
        for page in [10, 11, -1] {
            let source = DistantSource(file)
            var document: (any OpenDocument)?
            _ = try source.rounds { document = try Picture.open(source) }
            let open = try #require(document)
            var failure: (any Error)?
            _ = source.rounds {
                do { _ = try open.page(page) } catch { failure = error }
            }
            #expect(failure as? DocumentError == .noSuchPage(pages: 9))
        }
    }

    @Test("reduced copies and masks are no pages, unless there is nothing else")
    func secondary() throws {
        let mixed = [
            numbered(0), numbered(1, subfileType: 1), numbered(2, subfileType: 2), numbered(3, subfileType: 4),
        ]
        let document = try Picture.open(MemorySource(TIFFWriter().file(mixed)))
        #expect(document.summary.pages == 2)
        #expect(try grey(document, page: 2) == 14)
        let copies = [numbered(1, subfileType: 1), numbered(2, subfileType: 1)]
        #expect(try Picture.open(MemorySource(TIFFWriter().file(copies))).summary.pages == 2)
    }

    @Test("directories that lead back in a circle are each one page", arguments: [0, 1, 2])
    func loops(to target: Int) throws {
        let file = TIFFWriter(loopsTo: target).file((0..<3).map { numbered($0) })
        let document = try Picture.open(MemorySource(file))
        #expect(document.summary.pages == 3)
        #expect(try grey(document, page: 3) == 14)
    }

    @Test("cut off anywhere, a file shows the pages that are there or says what is wrong")
    func truncated() throws {
        let file = TIFFWriter().file((0..<3).map { numbered($0) })
        var shown = Set<Int>()
        for length in 4..<file.count {
            do {
                let document = try Picture.open(MemorySource(Array(file[..<length])))
                shown.insert(document.summary.pages ?? 0)
                _ = try Picture.draw(document, page: 1)
            } catch DocumentError.damaged(let reason) {
                #expect(!reason.isEmpty)
            }
        }
        #expect(shown.isSuperset(of: [1, 2, 3]))
    }

    @Test("absurd counts and offsets end the walk")
    func absurd() throws {
        var file = TIFFWriter().file((0..<2).map { numbered($0) })
        let first = Int(file[4]) | Int(file[5]) << 8
        file[first] = 0xFF
        file[first + 1] = 0xFF
        #expect(throws: DocumentError.self) { try Picture.open(MemorySource(file)) }
        file = TIFFWriter(isBig: true).file([numbered(0)])
        for byte in 8..<16 { file[byte] = 0xFF }
        #expect(throws: DocumentError.self) { try Picture.open(MemorySource(file)) }
    }

    @Test("a page that is not there names the range", arguments: [0, -1, 4, Int.max])
    func noSuchPage(page: Int) throws {
        let document = try Picture.open(MemorySource(TIFFWriter().file((0..<3).map { numbered($0) })))
        #expect(throws: DocumentError.noSuchPage(pages: 3)) { try document.page(page) }
        #expect(try document.pages(from: 4, count: 10).isEmpty)
    }

    @Test("each orientation is applied to size, rotation and pixels", arguments: 1...8)
    func orientation(_ orientation: Int) throws {
        // 21 columns and 13 rows of different greys; also a factor that leaves a rest.
        let file = TIFFWriter().file([
            Page(width: 21, height: 13, orientation: orientation) { x, y in UInt8(x * 12 + y) }
        ])
        let document = try Picture.open(MemorySource(file))
        let size = try document.page(1).geometry.pixelSize
        #expect(size == (orientation >= 5 ? PixelSize(width: 13, height: 21) : PixelSize(width: 21, height: 13)))
        let whole = try Picture.draw(document)
        for y in 0..<size.height {
            for x in 0..<size.width {
                // Where EXIF says that a displayed pixel is stored.
                let (column, row) =
                    switch orientation {
                    case 1: (x, y)
                    case 2: (20 - x, y)
                    case 3: (20 - x, 12 - y)
                    case 4: (x, 12 - y)
                    case 5: (y, x)
                    case 6: (y, 12 - x)
                    case 7: (20 - y, 12 - x)
                    default: (20 - y, x)
                    }
                #expect(whole.pixel(x, y) & 0xFF == UInt32(column * 12 + row))
            }
        }
        let part = try Picture.draw(
            document, region: PixelRegion(x: 4, y: 6, width: 8, height: 6), size: PixelSize(width: 4, height: 3))
        let half = try Picture.draw(document, factor: 2)
        for y in 0..<3 { for x in 0..<4 { #expect(part.pixel(x, y) == half.pixel(x + 2, y + 3)) } }
        // A size of its own: the corners stay where they are.
        let small = try Picture.draw(document, size: PixelSize(width: size.width * 3 / 4, height: size.height * 3 / 4))
        for (x, y) in [(0, 0), (size.width - 1, 0), (0, size.height - 1), (size.width - 1, size.height - 1)] {
            let corner = small.pixel(min(x, small.size.width - 1), min(y, small.size.height - 1)) & 0xFF
            #expect(abs(Int(corner) - Int(whole.pixel(x, y) & 0xFF)) <= 16)
        }
    }
}
