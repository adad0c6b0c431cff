// SPDX-License-Identifier: Apache-2.0

import CCairo
import EngineTurns
import Glibc
import Testing
import TileModel

@testable import Document
@testable import PDFEngine

/// One thread at a time: PDFium allows no more, and workers use no more.
@Suite(.serialized, .takingTurns)
struct PDFTests {
    static let prepared: Void = PDFEngine.formats.prepare()

    private func open(_ name: String) throws -> any OpenDocument {
        _ = Self.prepared
        return try PDFEngine.formats.open(try Fixture.source(name), clock: UseClock())
    }

    private func draw(
        _ document: any OpenDocument, page: Int = 1, region: PixelRegion? = nil, size: PixelSize? = nil,
        rotation: TileRotation = .none
    ) throws -> Canvas {
        let pageSize = try document.page(page).geometry.pixelSize
        let region = region ?? PixelRegion(x: 0, y: 0, width: pageSize.width, height: pageSize.height)
        let tile = Tile(page: page, region: region, size: size ?? pageSize, rotation: rotation, format: .png)
        return try TileRenderer().draw(tile, pageSize: pageSize, of: document) { false }
    }

    // MARK: Structure

    @Test("sizes, labels, title and outline of a document are found")
    func structure() throws {
        let document = try open("ten-pages.pdf")
        #expect(document.summary.pages == 10)
        #expect(document.summary.title == "Ten pages")
        let pages = try document.pages(from: 1, count: 100)
        #expect(pages.map(\.label) == ["i", "ii", "iii", "1", "2", "3", "4", "5", "6", "7"])
        #expect(pages[2].geometry.width == 842 && pages[2].geometry.height == 595)
        let outline = try document.outline()
        #expect(outline.map(\.title) == ["Front matter", "First chapter", "Second chapter", "Index"])
        #expect(outline[1].items.map(\.page) == [5, 6, 7])
    }

    @Test("structure comes in parts, and past the end there is none")
    func parts() throws {
        let document = try open("ten-pages.pdf")
        #expect(try document.pages(from: 4, count: 3).map(\.page) == [4, 5, 6])
        #expect(try document.pages(from: 9, count: 64).map(\.page) == [9, 10])
        #expect(try document.pages(from: 11, count: 64).isEmpty)
    }

    @Test("the rotation of a page is told and already applied to its size")
    func rotation() throws {
        let document = try open("rotated.pdf")
        let pages = try document.pages(from: 1, count: 4)
        #expect(pages.map(\.geometry.rotation) == [0, 90, 180, 270])
        #expect(pages.allSatisfy { $0.geometry.width == 200 && $0.geometry.height == 300 })
        #expect(try (1...4).map { try document.page($0).geometry.rotation } == [0, 90, 180, 270])
    }

    @Test("a page that is not there names the range", arguments: [0, -1, 11, Int.max])
    func noSuchPage(page: Int) throws {
        let document = try open("ten-pages.pdf")
        #expect(throws: DocumentError.noSuchPage(pages: 10)) { try document.page(page) }
    }

    @Test("documents that cannot be opened say why")
    func refused() throws {
        #expect(throws: DocumentError.passwordRequired) { try open("locked.pdf") }
        #expect(throws: DocumentError.formatUnknown) { try open("not-a-pdf.pdf") }
        #expect(throws: DocumentError.self) { try open("truncated.pdf") }
        #expect(throws: DocumentError.self) { try open("zero-pages.pdf") }
        #expect(try open("empty-password.pdf").summary.pages != nil)
    }

    // MARK: Pixels

    @Test("a picture in JPEG 2000 looks the same whatever was drawn of its page before")
    func history() throws {
        _ = Self.prepared
        func open() throws -> any OpenDocument {
            try PDFEngine.formats.open(
                Fixture.source("../../Samples/scans/siege-of-vicksburg.pdf"), clock: UseClock())
        }
        let small = PixelSize(width: 216, height: 324)
        let fresh = try draw(open(), size: small)
        let used = try open()
        let pageSize = try used.page(1).geometry.pixelSize
        #expect(pageSize == PixelSize(width: 1728, height: 2592))
        _ = try draw(
            used, region: PixelRegion(x: 0, y: 0, width: 512, height: 512), size: PixelSize(width: 512, height: 512))
        let after = try draw(used, size: small)
        var differing = 0
        for y in 0..<small.height {
            for x in 0..<small.width where fresh.row(y)[x] & 0xFFFFFF != after.row(y)[x] & 0xFFFFFF { differing += 1 }
        }
        #expect(differing == 0)
    }

    @Test("a large picture holds all of a path that has more points than PDFium's rasteriser has room for in one piece")
    func longPath() throws {
        _ = Self.prepared
        // 1,500 strokes from top to bottom in one path, and a bar across the last tenth of it.
        let strokes = (0..<1500).map { "\(Double($0) * 0.5) 0 m \(Double($0) * 0.5 + 0.2) 800 l" }
        let content = "0.1 w\n\(strokes.joined(separator: "\n"))\n700 400 m 790 400 l\nS\n"
        let objects = [
            "<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 800 800]/Contents 4 0 R>>",
            "<</Length \(content.utf8.count)>>stream\n\(content)\nendstream",
        ]
        var file = "%PDF-1.4\n"
        var table = "0000000000 65535 f \n"
        for (index, object) in objects.enumerated() {
            let place = String(file.utf8.count)
            table += String(repeating: "0", count: 10 - place.count) + place + " 00000 n \n"
            file += "\(index + 1) 0 obj\n\(object)\nendobj\n"
        }
        let start = file.utf8.count
        file += "xref\n0 5\n\(table)trailer<</Root 1 0 R/Size 5>>\nstartxref\n\(start)\n%%EOF\n"
        let document = try PDFEngine.formats.open(BytesSource(Array(file.utf8)), clock: UseClock())
        let whole = try draw(document)
        for (x, y) in [(0, 0), (0, 2048), (1024, 1024), (2560, 2560)] {
            let tile = try draw(
                document, region: PixelRegion(x: x, y: y, width: 512, height: 512),
                size: PixelSize(width: 512, height: 512))
            var differing = 0
            for row in 0..<512 {
                let (one, other) = (whole.row(y + row) + x, tile.row(row))
                for column in 0..<512 where one[column] & 0xFF != other[column] & 0xFF { differing += 1 }
            }
            #expect(differing < 512, "at \(x),\(y): \(differing)")
        }
    }

    @Test("squares have their exact colours at every scale")
    func colours() throws {
        let document = try open("squares.pdf")
        for scale in [1, 2, 4] {
            let side = 1000 / scale
            let canvas = try draw(document, size: PixelSize(width: side, height: side))
            for row in 0..<10 {
                for column in 0..<10 {
                    let step = side / 10
                    let pixel = canvas.row(row * step + step / 2)[column * step + step / 2] & 0xFF_FFFF
                    #expect(pixel == Fixture.squareColour(column: column, row: row))
                }
            }
        }
    }

    @Test("tiles laid side by side equal the page in one piece", arguments: [1, 2, 4])
    func seams(factor: Int) throws {
        for name in ["squares.pdf", "ten-pages.pdf", "rotated.pdf"] {
            let document = try open(name)
            let page = try document.page(1).geometry.pixelSize
            let whole = PixelSize(
                width: (page.width + factor - 1) / factor, height: (page.height + factor - 1) / factor)
            let reference = try draw(document, size: whole)
            var different = 0
            for x in stride(from: 0, to: page.width, by: 512 * factor) {
                for y in stride(from: 0, to: page.height, by: 512 * factor) {
                    let region = PixelRegion(
                        x: x, y: y, width: min(512 * factor, page.width - x), height: min(512 * factor, page.height - y)
                    )
                    let tile = try draw(
                        document, region: region,
                        size: PixelSize(
                            width: (region.width + factor - 1) / factor, height: (region.height + factor - 1) / factor))
                    for row in 0..<tile.size.height {
                        for column in 0..<tile.size.width
                        where !isClose(tile.row(row)[column], reference.row(y / factor + row)[x / factor + column], 8) {
                            different += 1
                        }
                    }
                }
            }
            // PDFium itself rounds a glyph's position differently here and there (docs/performance.md).
            #expect(different * 1000 <= whole.area * 2, "\(name): \(different) of \(whole.area) pixels")
        }
    }

    @Test("a region at a scale of its own shows what the whole page shows there")
    func freeRegion() throws {
        let document = try open("squares.pdf")
        // From the middle of one square to the middle of the next, in both directions.
        let canvas = try draw(
            document, region: PixelRegion(x: 151, y: 251, width: 99, height: 99), size: PixelSize(width: 70, height: 70)
        )
        #expect(canvas.row(5)[5] & 0xFF_FFFF == Fixture.squareColour(column: 1, row: 2))
        #expect(canvas.row(64)[5] & 0xFF_FFFF == Fixture.squareColour(column: 1, row: 3))
        #expect(canvas.row(5)[64] & 0xFF_FFFF == Fixture.squareColour(column: 2, row: 2))
    }

    @Test("quarter turns and mirroring move pixels exactly")
    func turns() throws {
        let document = try open("squares.pdf")
        let size = PixelSize(width: 250, height: 250)
        func corner(_ rotation: TileRotation) throws -> UInt32 {
            try draw(document, size: size, rotation: rotation).row(12)[12] & 0xFF_FFFF
        }
        #expect(try corner(.none) == Fixture.squareColour(column: 0, row: 0))
        #expect(try corner(TileRotation(degrees: 90)) == Fixture.squareColour(column: 0, row: 9))
        #expect(try corner(TileRotation(degrees: 180)) == Fixture.squareColour(column: 9, row: 9))
        #expect(try corner(TileRotation(degrees: 270)) == Fixture.squareColour(column: 9, row: 0))
        #expect(try corner(TileRotation(mirrored: true, degrees: 0)) == Fixture.squareColour(column: 9, row: 0))
        #expect(try corner(TileRotation(mirrored: true, degrees: 90)) == Fixture.squareColour(column: 9, row: 9))
    }

    @Test("drawing stops when nobody waits any more")
    func cancel() throws {
        let document = try open("heavy.pdf")
        let summary = try document.page(1)
        let tile = Tile(
            page: 1, region: PixelRegion(x: 0, y: 0, width: 512, height: 512), size: PixelSize(width: 512, height: 512),
            format: .png)
        #expect(throws: DocumentError.cancelled) {
            try TileRenderer().draw(tile, pageSize: summary.geometry.pixelSize, of: document) { true }
        }
        // The page can still be drawn.
        _ = try draw(document, region: tile.region, size: tile.size)
    }

    @Test("pages that are let go are parsed again when they are wanted")
    func release() throws {
        let document = try open("ten-pages.pdf")
        #expect(document.oldestPageUse == nil)
        for page in 1...10 { _ = try document.page(page) }
        var uses: [UInt64] = []
        while let use = document.oldestPageUse {
            uses.append(use)
            document.releaseOldestPage()
        }
        #expect(uses.count == 10 && uses == uses.sorted())
        #expect(try document.page(3).label == "iii")
    }

    private func isClose(_ left: UInt32, _ right: UInt32, _ tolerance: Int) -> Bool {
        [0, 8, 16].allSatisfy { shift in
            abs(Int(left >> UInt32(shift) & 0xFF) - Int(right >> UInt32(shift) & 0xFF)) <= tolerance
        }
    }
}
