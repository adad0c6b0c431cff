// SPDX-License-Identifier: Apache-2.0

import Testing
import TileModel

@testable import Document
@testable import PDFEngine

extension PDFTests {
    /// Text, links, outline targets and metadata of PDFs. In the suite of the others: one thread at a time.
    @Suite(.serialized)
    struct Text {
        private func open(_ name: String) throws -> any OpenDocument {
            _ = PDFTests.prepared
            return try PDFEngine.formats.open(try Fixture.source(name), clock: UseClock())
        }

        private func hits(_ query: String, _ document: any OpenDocument) throws -> [SearchHit] {
            try DocumentSearch().part(of: document, for: query, from: 1) { _ in false }.hits
        }

        /// Whether anything dark is drawn within the box.
        private func ink(_ box: PageBox, _ document: any OpenDocument, page: Int = 1) throws -> Bool {
            let size = try document.page(page).geometry.pixelSize
            let region = PixelRegion(
                x: max(0, Int(box.x * 4)), y: max(0, Int(box.y * 4)), width: max(1, Int(box.width * 4)),
                height: max(1, Int(box.height * 4)))
            let tile = Tile(
                page: page, region: region, size: PixelSize(width: region.width, height: region.height), format: .png)
            let canvas = try TileRenderer().draw(tile, pageSize: size, of: document) { false }
            return (0..<canvas.size.height).contains { y in
                (0..<canvas.size.width).contains { canvas.row(y)[$0] & 0xFF < 128 }
            }
        }

        @Test("a page's words come in reading order, with boxes where their ink is")
        func words() throws {
            let document = try open("letter.pdf")
            let words = try document.text(of: 1).words
            #expect(words.prefix(3).map(\.text) == ["Recto", "Dear", "reader,"])
            #expect(words.map(\.text).contains("kaleidoscope"))
            #expect(words[0].ending == .line && words[1].ending == .space && words[2].ending == .line)
            // Set at 72, 700 from the bottom of a page 792 high, 20 points large.
            let box = words[0].box
            #expect(abs(box.x - 72) < 3 && box.y > 68 && box.y < 80 && box.y + box.height > 91 && box.height < 30)
            #expect(abs(box.x + box.width - 72 - 54) < 6)
            for word in words { #expect(try ink(word.box, document), "\(word)") }
            #expect(throws: DocumentError.noSuchPage(pages: 1)) { try document.text(of: 2) }
        }

        @Test("a page that is turned has its words where they are seen", arguments: 1...4)
        func rotated(page: Int) throws {
            let document = try open("rotated.pdf")
            let words = try document.text(of: page).words
            let word = try #require(words.first { $0.text == "UP" })
            // Every page is seen alike: the word 40 points large, its base line 70 above the lower edge of 300.
            #expect(abs(word.box.x - 72) < 5 && abs(word.box.y + word.box.height - 240) < 15, "\(word)")
            #expect(
                word.box.width > 45 && word.box.width < 65 && word.box.height > 27 && word.box.height < 60, "\(word)")
            #expect(try ink(word.box, document, page: page))
        }

        @Test("a page's own unit makes the page larger, and all that stands on it")
        func userUnit() throws {
            let document = try open("user-unit.pdf")
            let pages = try document.pages(from: 1, count: 2)
            #expect(pages[0].geometry.width == 1440 && pages[0].geometry.height == 720)
            #expect(pages[1].geometry.width == 612 && pages[1].geometry.height == 792)
            #expect(try document.page(1).geometry == pages[0].geometry)
            let box = try #require(try hits("below", document).first?.boxes.first)
            #expect(abs(box.x - 144) < 5 && box.width > 150 && box.y > 450)
            #expect(try ink(box, document))
            #expect(try document.text(of: 1).words.map(\.text) == ["Poster", "Below"])
            let link = try #require(try document.links(on: 2).first)
            #expect(link.target == .page(1, PagePosition(x: 144, y: 288)))
        }

        @Test("a hit has its boxes, its page and its surroundings")
        func hit() throws {
            let document = try open("letter.pdf")
            let hits = try hits("KALEIDOSCOPE stands", document)
            let hit = try #require(hits.first)
            #expect(hits.count == 1 && hit.page == 1 && hit.match == "kaleidoscope stands")
            #expect(hit.before.hasSuffix("The word ") && hit.after.hasPrefix(" here once"))
            let words = try document.text(of: 1).words
            let word = try #require(words.first { $0.text == "kaleidoscope" })
            let box = try #require(hit.boxes.first)
            #expect(hit.boxes.count == 1)
            #expect(abs(box.x - word.box.x) < 0.1 && abs(box.y - word.box.y) < 0.1 && box.width > word.box.width)
        }

        @Test("a hit over a line's end has a box on each line")
        func lines() throws {
            let document = try open("letter.pdf")
            let hits = try hits("nobody waits", document)
            let hit = try #require(hits.first)
            #expect(hits.count == 1 && hit.boxes.count == 2)
            let (first, second) = (hit.boxes[0], hit.boxes[1])
            #expect(first.x > second.x && first.y < second.y)
            for box in hit.boxes { #expect(try ink(box, document)) }
        }

        @Test("search walks through all pages and holds none of them")
        func allPages() throws {
            let document = try open("ten-pages.pdf")
            #expect(try hits("of 10", document).map(\.page) == Array(1...10))
            #expect(document.oldestPageUse == nil)
        }

        @Test("links lead where the document says")
        func links() throws {
            let document = try open("links.pdf")
            let links = try document.links(on: 1)
            #expect(
                links.map(\.target) == [
                    .uri("https://example.org/recto?a=b&c=d"),
                    .page(2, PagePosition(x: 72, y: 92)),
                    .page(3, nil),
                    .page(2, PagePosition(x: nil, y: 192)),
                    .uri("mailto:nobody@example.org"),
                ])
            #expect(links[0].boxes == [PageBox(x: 72, y: 72, width: 100, height: 20)])
            #expect(links[4].boxes.count == 2, "one for each line")
            #expect(try document.links(on: 2).isEmpty)
            #expect(throws: DocumentError.noSuchPage(pages: 3)) { try document.links(on: 4) }
        }

        @Test("positions on a turned and cropped page are those that are seen")
        func turnedTarget() throws {
            let document = try open("links.pdf")
            let items = try document.outline()
            #expect(items.map(\.page) == [2, 3, 3])
            #expect(items[0].position == PagePosition(x: 72, y: 92))
            // Page 3 is turned by 90° and shows 100 … 500 by 100 … 700 of its space: up is to the right.
            #expect(items[1].position == PagePosition(x: 200, y: 100))
            #expect(items[2].position == nil)
        }

        @Test("what a document says of itself is told, with dates in ISO 8601")
        func metadata() throws {
            let metadata = try open("links.pdf").summary.metadata
            #expect(metadata.author == "Nobody at all")
            #expect(metadata.subject == "Links and where they lead" && metadata.keywords == "links, outline")
            #expect(metadata.created == "2024-02-29T12:34:56+01:00" && metadata.modified == "2024-03")
            #expect(metadata.creator == nil)
        }

        @Test(
            "dates are read as far as they go",
            arguments: [
                ("D:19990209153925-08'00'", "1999-02-09T15:39:25-08:00"), ("D:2024", "2024"),
                ("20240102", "2024-01-02"),
                ("D:20240102T", "2024-01-02"), ("D:2024010203Z", "2024-01-02T03:00Z"), ("yesterday", nil),
                ("D:20241302", "2024"), ("D:20010727133720+02", "2001-07-27T13:37:20+02:00"), ("", nil),
            ])
        func dates(text: String, expected: String?) {
            #expect(PDFMetadata.date(text) == expected)
        }

        @Test("fields of a form are drawn, whole and in tiles, at any scale")
        func form() throws {
            let document = try open("form.pdf")
            let size = try document.page(1).geometry.pixelSize
            func count(_ region: PixelRegion, _ target: PixelSize) throws -> Int {
                let tile = Tile(page: 1, region: region, size: target, format: .png)
                let canvas = try TileRenderer().draw(tile, pageSize: size, of: document) { false }
                var count = 0
                for y in 0..<canvas.size.height {
                    for x in 0..<canvas.size.width where canvas.row(y)[x] & 0xFF_FFFF == 0xFF { count += 1 }
                }
                return count
            }
            // A field of 50 by 50 points, wholly blue, in the middle of a page of 150.
            let whole = PixelRegion(x: 0, y: 0, width: 600, height: 600)
            #expect(try count(whole, PixelSize(width: 600, height: 600)) == 40_000)
            #expect(try count(whole, PixelSize(width: 150, height: 150)) == 2500)
            let quarter = PixelRegion(x: 300, y: 300, width: 300, height: 300)
            #expect(try count(quarter, PixelSize(width: 300, height: 300)) == 10_000)
            // 70/99 is no whole scale: the field is 100 of its 99 pixels wide, so it fills the tile.
            let inside = PixelRegion(x: 251, y: 251, width: 99, height: 99)
            #expect(try count(inside, PixelSize(width: 70, height: 70)) == 4900)
            let corner = PixelRegion(x: 151, y: 151, width: 99, height: 99)
            let covered = Double(try count(corner, PixelSize(width: 70, height: 70)))
            #expect(abs(covered.squareRoot() - 50 * 70 / 99) <= 2)
        }
    }
}
