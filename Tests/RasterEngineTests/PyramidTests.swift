// SPDX-License-Identifier: Apache-2.0

import Document
import Foundation
import Testing
import TileModel

@testable import RasterEngine

/// Tiled pictures, of which parts are decoded, and the smaller copies that follow them in a pyramid.
struct PyramidTests {
    /// A page of one grey, and its copies of greys of their own: what is shown tells which of them was read.
    private func pyramid(
        _ width: Int, _ height: Int, copies: [(Int, Int)], adjust: (inout [TIFFWriter.Page]) -> Void = { _ in }
    ) -> [UInt8] {
        var pages = [TIFFWriter.Page(width: width, height: height) { _, _ in 10 }]
        for (number, size) in copies.enumerated() {
            let grey = UInt8(100 + number * 20)
            pages.append(TIFFWriter.Page(width: size.0, height: size.1, subfileType: 1) { _, _ in grey })
        }
        for index in pages.indices { pages[index].isTiled = true }
        adjust(&pages)
        return TIFFWriter().file(pages)
    }

    private func grey(_ document: any OpenDocument, factor: Int, page: Int = 1) throws -> Int {
        let canvas = try Picture.draw(document, page: page, factor: factor)
        return Int(canvas.pixel(canvas.size.width / 2, canvas.size.height / 2) & 0xFF)
    }

    @Test("each scale is read from the smallest copy that is large enough")
    func levels() throws {
        let document = try Picture.open(MemorySource(pyramid(128, 64, copies: [(64, 32), (32, 16), (16, 8)])))
        #expect(document.summary.pages == 1)
        let expected = [1: 10, 2: 100, 4: 120, 8: 140, 16: 140, 3: 10, 6: 100]
        for (factor, grey) in expected { #expect(try self.grey(document, factor: factor) == grey, "1/\(factor)") }
    }

    @Test("a copy whose writer dropped odd rows and columns serves for what needs none of them")
    func floors() throws {
        // 101 pixels by 4 are 26; this writer has 25. Of those two by two 13, as of the page's own by 8.
        let document = try Picture.open(MemorySource(pyramid(101, 101, copies: [(50, 50), (25, 25)])))
        #expect(try grey(document, factor: 1) == 10)
        #expect(try grey(document, factor: 2) == 10)
        #expect(try grey(document, factor: 8) == 120)
        for factor in [1, 2, 4, 8] {
            let canvas = try Picture.draw(document, factor: factor)
            #expect(canvas.size.width == (101 + factor - 1) / factor)
            // To the last pixel.
            #expect(canvas.pixel(canvas.size.width - 1, canvas.size.height - 1) & 0xFF != 0xFF)
        }
    }

    @Test("what is no copy of the page is not shown in its place")
    func others() throws {
        let sizes = [(60, 32), (64, 30), (200, 100)]
        for size in sizes {
            let document = try Picture.open(MemorySource(pyramid(128, 64, copies: [size])))
            #expect(try grey(document, factor: 2) == 10, "\(size)")
        }
        let mask = pyramid(128, 64, copies: [(64, 32)]) { $0[1].subfileType = 5 }
        #expect(try grey(try Picture.open(MemorySource(mask)), factor: 2) == 10)
        let strips = pyramid(128, 64, copies: [(64, 32)]) { $0[1].isTiled = false }
        #expect(try grey(try Picture.open(MemorySource(strips)), factor: 2) == 10)
        // Nor where one that is follows it.
        let both = pyramid(128, 64, copies: [(64, 32), (64, 32)]) { $0[1].isTiled = false }
        #expect(try grey(try Picture.open(MemorySource(both)), factor: 2) == 120)
    }

    @Test("pages have copies of their own, and a distant file shows the same")
    func pages() throws {
        var pages: [TIFFWriter.Page] = []
        for number in 0..<3 {
            let (own, copy) = (UInt8(10 + number), UInt8(100 + number))
            pages.append(TIFFWriter.Page(width: 64, height: 64) { _, _ in own })
            pages.append(TIFFWriter.Page(width: 32, height: 32, subfileType: 1) { _, _ in copy })
        }
        for index in pages.indices { pages[index].isTiled = true }
        let file = TIFFWriter().file(pages)
        let near = try Picture.open(MemorySource(file))
        #expect(near.summary.pages == 3)
        for page in 1...3 {
            let distant = DistantSource(file)
            var document: (any OpenDocument)?
            _ = try distant.rounds { document = try Picture.open(distant) }
            var shown: Int?
            _ = try distant.rounds { shown = try grey(try #require(document), factor: 2, page: page) }
            #expect(shown == 99 + page)
            #expect(try grey(near, factor: 2, page: page) == 99 + page)
            #expect(try grey(near, factor: 1, page: page) == 9 + page)
        }
    }

    @Test(
        "a tile of a large tiled picture reads a small part of it, and tiles equal the picture in one piece",
        .enabled(if: VipsCommand.isInstalled, "the vips command is not here"),
        arguments: ["deflate", "jpeg,Q=90"], [false, true])
    func parts(compression: String, isPyramid: Bool) throws {
        let folder = NSTemporaryDirectory() + "recto-pyramid-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let options = "compression=\(compression),tile,tile-width=256,tile-height=256\(isPyramid ? ",pyramid" : "")"
        // Noise, which no compression makes small.
        #expect(try VipsCommand.run(["gaussnoise", "\(folder)/noise.v", "2901", "2203", "--seed", "7"]))
        #expect(try VipsCommand.run(["cast", "\(folder)/noise.v", "\(folder)/bytes.v", "uchar"]))
        #expect(try VipsCommand.run(["copy", "\(folder)/bytes.v", "\(folder)/large.tif[\(options)]"]))
        let path = "\(folder)/large.tif"

        let fresh = try MemorySource(path: path)
        let first = try Picture.open(fresh)
        let opened = fresh.reads.bytes
        let middle = PixelRegion(x: 1024, y: 1024, width: 512, height: 512)
        _ = try Picture.draw(first, region: middle)
        #expect((fresh.reads.bytes - opened) * 8 < fresh.size)

        for factor in [1, 2, 4, 8] {
            let whole = try Picture.draw(try Picture.open(path), factor: factor)
            let document = try Picture.open(path)
            let size = try document.page(1).geometry.pixelSize
            // More than half of the picture, so that it is decoded whole in the end.
            for y in stride(from: 0, to: size.height, by: 512 * factor) {
                for x in stride(from: 0, to: size.width, by: 512 * factor) {
                    let region = PixelRegion(
                        x: x, y: y, width: min(512 * factor, size.width - x), height: min(512 * factor, size.height - y)
                    )
                    let tile = try Picture.draw(
                        document, region: region,
                        size: PixelSize(
                            width: (region.width + factor - 1) / factor, height: (region.height + factor - 1) / factor))
                    for row in 0..<tile.size.height {
                        let same = memcmp(
                            tile.row(row), whole.row(y / factor + row) + x / factor, tile.size.width * 4)
                        guard same == 0 else {
                            Issue.record("row \(row) of the tile at \(x), \(y), 1/\(factor) differs")
                            return
                        }
                    }
                }
            }
        }
    }
}
