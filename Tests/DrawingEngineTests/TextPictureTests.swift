// SPDX-License-Identifier: Apache-2.0

import Document
import Foundation
import Testing
import TileModel

@testable import DrawingEngine

/// What pages of text look like. One thread at a time, as in a worker.
@Suite(.serialized)
struct TextPictureTests {
    private static let sample = (0..<60).map { row in
        row % 3 == 0
            ? "\(row) The quick brown fox jumps over the lazy dog; Gr\u{f6}\u{df}e \u{416}\u{3a9} \u{250c}\u{2500}\u{2510} and so on to the end."
            : row % 3 == 1
                ? "\(row) \u{65e5}\u{672c}\u{8a9e}\u{306e}\u{6587}\u{7ae0} mixed \u{1f600}\u{1f601} \u{e44}\u{e17}\u{e22} \u{2200}x\u{2208}\u{211d}"
                : "\u{645}\u{631}\u{62d}\u{628}\u{627} \u{628}\u{627}\u{644}\u{639}\u{627}\u{644}\u{645} 123 abc \u{5e9}\u{5dc}\u{5d5}\u{5dd}"
    }.joined(separator: "\n")

    @Test("tiles laid side by side equal the page in one piece", arguments: [1, 2, 4, 8])
    func seams(factor: Int) throws {
        let document = try Drawing.open(Array(Self.sample.utf8))
        for side in [512, 100] where side == 512 || factor > 2 {
            let difference = try Drawing.seams(document, factor: factor, tile: side)
            #expect(difference.worst <= 1, "\(difference)")
        }
    }

    @Test("tiles of a text of the corpus equal the page in one piece", arguments: Corpus.names("text", [".txt"]))
    func corpusSeams(name: String) throws {
        let document = try Drawing.open(try Corpus.bytes(name))
        for factor in [1, 2, 4, 8] {
            let difference = try Drawing.seams(document, factor: factor)
            #expect(difference.worst <= 1, "\(factor): \(difference)")
        }
        try Drawing.write(try Drawing.draw(document, factor: 2), name.replacing("/", with: "-"))
    }

    /// The least rectangle around everything that is not white, in points.
    private func bounds(_ canvas: Canvas, pixelsPerPoint: Double) -> (
        left: Double, top: Double, right: Double, bottom: Double
    )? {
        var (left, top, right, bottom) = (Int.max, Int.max, -1, -1)
        canvas.withPixels { _ in
            for y in 0..<canvas.size.height {
                let row = canvas.row(y)
                for x in 0..<canvas.size.width where row[x] & 0xFF < 0xF0 {
                    (left, right) = (min(left, x), max(right, x))
                    (top, bottom) = (min(top, y), max(bottom, y))
                }
            }
        }
        guard right >= 0 else { return nil }
        return (
            Double(left) / pixelsPerPoint, Double(top) / pixelsPerPoint, Double(right + 1) / pixelsPerPoint,
            Double(bottom + 1) / pixelsPerPoint
        )
    }

    @Test(
        "a full row of any script stays between the margins",
        arguments: ["M", "\u{65e5}", "\u{1f600}", "\u{645}", "\u{e17}", "\u{928}", "\u{12a0}", "\u{2211}", "W\u{301}"])
    func margins(character: String) throws {
        let document = try Drawing.open(Array(String(repeating: character, count: 4800).utf8))
        let canvas = try Drawing.draw(document, factor: 2)
        let ink = try #require(bounds(canvas, pixelsPerPoint: 2))
        #expect(ink.left > 50 && ink.right < 545 && ink.top > 50 && ink.bottom < 792, "\(ink)")
    }

    @Test("letters stand in the cells of their words")
    func cells() throws {
        let document = try Drawing.open(Array("\(String(repeating: " ", count: 70))HHHH\n".utf8))
        let ink = try #require(bounds(try Drawing.draw(document), pixelsPerPoint: 4))
        #expect(abs(ink.left - (57 + 70 * 6)) < 1.5 && abs(ink.right - (57 + 74 * 6)) < 1.5, "\(ink)")
        #expect(ink.top > 61 && ink.bottom < 73)
    }

    @Test("a line from right to left ends at the right margin")
    func rightToLeft() throws {
        let document = try Drawing.open(Array("\u{645}\u{631}\u{62d}\u{628}\u{627}\n".utf8))
        let ink = try #require(bounds(try Drawing.draw(document), pixelsPerPoint: 4))
        #expect(ink.left > 450 && ink.right > 530 && ink.right < 540, "\(ink)")
    }

    @Test("a page enlarged is sharp")
    func enlarged() throws {
        let document = try Drawing.open(Array("HHHH\n".utf8))
        let page = try document.page(1).geometry.pixelSize
        let region = PixelRegion(x: 228, y: 244, width: 96, height: 48)
        let canvas = try Drawing.draw(document, region: region, size: PixelSize(width: 96 * 16, height: 48 * 16))
        #expect(page == PixelSize(width: 2380, height: 3368))
        var between = 0
        var black = 0
        canvas.withPixels { _ in
            for y in 0..<canvas.size.height {
                for x in 0..<canvas.size.width {
                    let value = canvas.row(y)[x] & 0xFF
                    if value < 10 { black += 1 } else if value < 245 { between += 1 }
                }
            }
        }
        #expect(black > 100_000 && between < black / 20, "\(black) \(between)")
    }

    @Test("drawing stops when nobody waits any more")
    func cancel() throws {
        let document = try Drawing.open(Array(Self.sample.utf8))
        let page = try document.page(1).geometry.pixelSize
        let tile = Tile(
            page: 1, region: PixelRegion(x: 0, y: 0, width: 512, height: 512), size: PixelSize(width: 512, height: 512),
            format: .png)
        #expect(throws: DocumentError.cancelled) {
            _ = try TileRenderer().draw(tile, pageSize: page, of: document) { true }
        }
    }
}
