// SPDX-License-Identifier: Apache-2.0

import Document
import Testing
import TileModel

@testable import RasterEngine

/// Pictures whose pixels are not square.
@Suite(.serialized)
struct ResolutionTests {
    private static func path(_ name: String) -> String { "\(Corpus.repository)/Tests/Fixtures/raster/\(name)" }

    private static func page(
        _ resolution: [Int], orientation: Int = 1, width: Int = 40, height: Int = 30
    ) -> TIFFWriter.Page {
        var page = TIFFWriter.Page(width: width, height: height, orientation: orientation) { x, y in
            UInt8(truncatingIfNeeded: 3 * x + 4 * y)
        }
        page.resolution = resolution
        return page
    }

    /// A page of one bit a pixel.
    private static var fax: TIFFWriter.Page {
        var page = page([204, 1, 98, 1], width: 200, height: 130)
        page.depth = 1
        page.pixels = (0..<130).flatMap { y in
            (0..<25).map { UInt8(truncatingIfNeeded: ($0 * 37 + y / 3 * 11) * ((y / 5 + $0) % 3)) }
        }
        return page
    }

    private static func size(_ document: any OpenDocument) throws -> PixelSize {
        try document.page(1).geometry.pixelSize
    }

    @Test(
        "the axis of lower resolution is enlarged",
        arguments: [
            ([204, 1, 98, 1], 40, 62), ([98, 1, 204, 1], 83, 30), ([2, 1, 1, 1], 40, 60), ([1, 2, 1, 1], 80, 30),
            ([600, 1, 600, 1], 40, 30), ([204, 1, 203, 1], 40, 30), ([0, 0, 98, 1], 40, 30), ([0, 1, 98, 1], 40, 30),
            ([204, 0, 98, 1], 40, 30), ([900, 1, 100, 1], 40, 30), ([Int(UInt32.max), 1, 1, 1], 40, 30),
            ([8, 1, 1, 1], 40, 240),
        ], [false, true])
    func sizes(_ sample: ([Int], Int, Int), isBig: Bool) throws {
        for isLittleEndian in [false, true] {
            let writer = TIFFWriter(isBig: isBig, isLittleEndian: isLittleEndian)
            let document = try Picture.open(MemorySource(writer.file([Self.page(sample.0)])))
            #expect(try Self.size(document) == PixelSize(width: sample.1, height: sample.2))
        }
    }

    @Test("fractions beyond the file's end are none")
    func beyond() throws {
        var file = TIFFWriter().file([Self.page([204, 1, 98, 1])])
        let entry = try #require((8..<file.count - 4).last { Array(file[$0..<$0 + 4]) == [0x1A, 0x01, 5, 0] })
        for index in entry + 8..<entry + 12 { file[index] = 0xFF }
        #expect(try Self.size(Picture.open(MemorySource(file))) == PixelSize(width: 40, height: 30))
    }

    @Test("each pixel shows what lies there, in every orientation", arguments: 1...8)
    func pixels(orientation: Int) throws {
        for (resolution, across, down) in [([204, 1, 98, 1], 40, 62), ([100, 1, 300, 1], 120, 30)] {
            let file = TIFFWriter().file([Self.page(resolution, orientation: orientation)])
            let document = try Picture.open(MemorySource(file))
            let size = PixelSize(width: across, height: down)
            let turned = orientation >= 5 ? PixelSize(width: down, height: across) : size
            #expect(try Self.size(document) == turned)
            let canvas = try Picture.draw(document)
            var wrong = 0
            for y in 0..<turned.height {
                for x in 0..<turned.width {
                    // Where EXIF says that a displayed pixel is stored.
                    let (column, row) =
                        switch orientation {
                        case 1: (x, y)
                        case 2: (across - 1 - x, y)
                        case 3: (across - 1 - x, down - 1 - y)
                        case 4: (x, down - 1 - y)
                        case 5: (y, x)
                        case 6: (y, down - 1 - x)
                        case 7: (across - 1 - y, down - 1 - x)
                        default: (across - 1 - y, x)
                        }
                    // A spline keeps a slope; at the edges it does not.
                    guard (6..<across - 6).contains(column), (6..<down - 6).contains(row) else { continue }
                    let value =
                        3 * ((Double(column) + 0.5) * 40 / Double(across) - 0.5)
                        + 4 * ((Double(row) + 0.5) * 30 / Double(down) - 0.5)
                    if abs(Double(canvas.pixel(x, y) & 0xFF) - value) > 1 { wrong += 1 }
                }
            }
            #expect(wrong == 0)
        }
    }

    @Test("tiles side by side equal the page in one piece", arguments: [1, 2, 4, 8])
    func seams(factor: Int) throws {
        var turned = Self.fax
        turned.orientation = 6
        var wide = Self.page([98, 1, 204, 1], orientation: 7, width: 200, height: 300)
        wide.pixels = (0..<60_000).map { UInt8(truncatingIfNeeded: $0 / 200 * 13 + $0 % 200 * ($0 / 1000)) }
        for page in [Self.fax, turned, wide] {
            let file = TIFFWriter().file([page])
            let whole = try Picture.draw(try Picture.open(MemorySource(file)), factor: factor)
            let document = try Picture.open(MemorySource(file))
            let size = try Self.size(document)
            var (compared, worst) = (0, 0)
            for top in stride(from: 0, to: whole.size.height, by: 16) {
                for left in stride(from: 0, to: whole.size.width, by: 16) {
                    let canvas = try Canvas(
                        size: PixelSize(
                            width: min(16, whole.size.width - left), height: min(16, whole.size.height - top)))
                    try document.draw(
                        page: 1, placement: .aligned(page: whole.size, x: left, y: top), pageSize: size, on: canvas,
                        isCancelled: { false })
                    for y in 0..<canvas.size.height {
                        for x in 0..<canvas.size.width {
                            let (mine, other) = (canvas.pixel(x, y), whole.pixel(left + x, top + y))
                            worst = max(worst, abs(Int(mine & 0xFF) - Int(other & 0xFF)))
                            compared += 1
                        }
                    }
                }
            }
            #expect(worst <= 1)
            #expect(compared == whole.size.area)
        }
    }

    @Test("a page of bits is held as bits")
    func bits() throws {
        let document = try Picture.open(MemorySource(TIFFWriter().file([Self.fax])))
        for factor in [1, 2, 4] { _ = try Picture.draw(document, factor: factor) }
        document.releaseOldestPage()
        // One plane served them all, and nothing resampled was kept.
        #expect(document.oldestPageUse == nil)
    }

    @Test("fax pages of the corpus have square pixels", .enabled(if: Corpus.folder != nil, "the corpus is not here"))
    func corpus() throws {
        let document = try Picture.open(Corpus.path("tiff/fax-2d.tif"))
        #expect(try Self.size(document) == PixelSize(width: 1728, height: 2252))
    }

    @Test("a PNG's and a JPEG's pixels are made square as well")
    func others() throws {
        var jpeg = try MemorySource(path: Self.path("rgb.jpg")).bytes
        jpeg.insert(contentsOf: [0xFF, 0xE0, 0, 16] + Array("JFIF\0".utf8) + [1, 1, 0, 0, 3, 0, 2, 0, 0], at: 2)
        let picture = try Picture.open(MemorySource(jpeg))
        #expect(try Self.size(picture) == PixelSize(width: 61, height: 71))
        #expect(try Picture.draw(picture, factor: 4).size == PixelSize(width: 16, height: 18))

        var png = try MemorySource(path: Self.path("rgb.png")).bytes
        let sizes: [UInt8] = [0, 0, 0, 1, 0, 0, 0, 2, 0]
        let chunk = Array("pHYs".utf8) + sizes
        #expect(Array(png[37..<41]) == Array("pHYs".utf8))
        png.replaceSubrange(33..<54, with: [0, 0, 0, 9] + chunk + Self.checksum(chunk))
        let drawing = try Picture.open(MemorySource(png))
        #expect(try Self.size(drawing) == PixelSize(width: 122, height: 47))
        // Of the stored pixel 30, 20, a quarter of a pixel before its middle.
        let expected: UInt32 = (120 - 1) << 16 | 100 << 8 | 100
        #expect(isClose(try Picture.draw(drawing).pixel(60, 20), expected, 1))
    }

    /// A chunk's CRC (PNG, D).
    private static func checksum(_ bytes: [UInt8]) -> [UInt8] {
        var value = UInt32.max
        for byte in bytes {
            value ^= UInt32(byte)
            for _ in 0..<8 { value = value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
        }
        value = ~value
        return [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> UInt32($0)) }
    }
}
