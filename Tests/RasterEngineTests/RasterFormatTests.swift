// SPDX-License-Identifier: Apache-2.0

import CKernel
import Document
import Foundation
import Testing
import TileModel

@testable import RasterEngine

/// The pattern of `Tests/Fixtures/raster` in every format.
@Suite(.serialized)
struct RasterFormatTests {
    private static func path(_ name: String) -> String { "\(Corpus.repository)/Tests/Fixtures/raster/\(name)" }

    private static func rgb(_ x: Int, _ y: Int) -> UInt32 { UInt32(4 * x << 16 | 5 * y << 8 | 2 * (x + y)) }
    private static func grey(_ x: Int, _ y: Int) -> UInt32 { UInt32(2 * x + y) * 0x010101 }
    private static func bits(_ x: Int, _ y: Int) -> UInt32 { (x / 3 + y / 2).isMultiple(of: 2) ? 0xFFFFFF : 0 }
    /// On white, at 128 / 255.
    private static func alpha(_ x: Int, _ y: Int) -> UInt32 {
        [16, 8, 0].reduce(0) { sum, shift in
            let value = Double(rgb(x, y) >> UInt32(shift) & 0xFF)
            return sum | UInt32((value * 128 / 255 + 127).rounded()) << UInt32(shift)
        }
    }

    struct Sample: Sendable, CustomTestStringConvertible {
        var name: String
        var tiles: TileFormat
        var tolerance: Int
        var pixel: @Sendable (Int, Int) -> UInt32
        var testDescription: String { name }

        init(_ name: String, _ tiles: TileFormat, _ tolerance: Int, _ pixel: @escaping @Sendable (Int, Int) -> UInt32) {
            (self.name, self.tiles, self.tolerance, self.pixel) = (name, tiles, tolerance, pixel)
        }
    }

    static let samples: [Sample] = [
        Sample("rgb-lzw.tif", .jpg, 0, rgb), Sample("rgb-zip-tiled.tif", .jpg, 0, rgb),
        Sample("rgb-jpeg.tif", .jpg, 6, rgb), Sample("rgb-packbits.tif", .jpg, 0, rgb),
        Sample("rgb-big.tif", .jpg, 0, rgb), Sample("rgb16.tif", .jpg, 1, rgb), Sample("rgba.tif", .jpg, 2, alpha),
        Sample("grey.tif", .jpg, 0, grey), Sample("grey16.tif", .jpg, 1, grey),
        Sample("bits-g4.tif", .png, 0, bits), Sample("bits-plain.tif", .png, 0, bits),
        Sample("bits-tiled.tif", .png, 0, bits),
        Sample("rgb.jpg", .jpg, 6, rgb), Sample("rgb-420.jpg", .jpg, 16, rgb), Sample("progressive.jpg", .jpg, 6, rgb),
        Sample("grey.jpg", .jpg, 3, grey),
        Sample("rgb.png", .jpg, 0, rgb), Sample("interlaced.png", .jpg, 0, rgb), Sample("rgba.png", .jpg, 2, alpha),
        Sample("rgb16.png", .jpg, 1, rgb), Sample("grey.png", .png, 0, grey), Sample("bits.png", .png, 0, bits),
        Sample("lossless.webp", .png, 0, rgb), Sample("lossy.webp", .jpg, 16, rgb), Sample("bits.gif", .png, 0, bits),
        Sample("lossless.jp2", .jpg, 0, rgb),
        // There and back through a press's colours.
        Sample("cmyk.tif", .jpg, 170, rgb), Sample("cmyk.jpg", .jpg, 170, rgb),
    ]

    @Test("all kinds can be decoded on this machine")
    func kinds() {
        RasterLibrary.prepare()
        #expect(RasterLibrary.kinds == 6)
        #expect(RasterLibrary.engine.contains("vips/8."))
        #expect(!RasterLibrary.engine.contains("/0 "))
    }

    @Test("the pattern is what it is in every format", arguments: samples)
    func pattern(_ sample: Sample) throws {
        let document = try Picture.open(Self.path(sample.name))
        let page = try document.page(1)
        #expect(document.summary.pages == 1)
        #expect(page.geometry == PageGeometry(width: 61, height: 47, unit: .pixels))
        #expect(page.tiles == sample.tiles)
        let canvas = try Picture.draw(document)
        var wrong = 0
        for y in 0..<47 {
            for x in 0..<61 where !isClose(canvas.pixel(x, y), sample.pixel(x, y), sample.tolerance) { wrong += 1 }
        }
        #expect(wrong == 0)
    }

    @Test("a bare JPEG 2000 codestream is shown as well")
    func codestream() throws {
        let file = try MemorySource(path: Self.path("lossless.jp2")).bytes
        let start = try #require((0..<file.count - 4).first { Array(file[$0..<$0 + 4]) == [0xFF, 0x4F, 0xFF, 0x51] })
        let document = try Picture.open(MemorySource(Array(file[start...])))
        #expect(try Picture.draw(document).pixel(40, 30) == Self.rgb(40, 30))
    }

    @Test("tiles side by side equal the page in one piece", arguments: samples)
    func seams(_ sample: Sample) throws {
        let document = try Picture.open(Self.path(sample.name))
        for factor in [1, 2, 3, 4, 8] {
            let whole = try Picture.draw(document, factor: factor)
            // A second document: what was decoded before must not show.
            let other = try Picture.open(Self.path(sample.name))
            for y in stride(from: 0, to: 47, by: 8 * factor) {
                for x in stride(from: 0, to: 61, by: 8 * factor) {
                    let region = PixelRegion(
                        x: x, y: y, width: min(8 * factor, 61 - x), height: min(8 * factor, 47 - y))
                    let size = PixelSize(
                        width: (region.width + factor - 1) / factor, height: (region.height + factor - 1) / factor)
                    // The last tiles are so narrow that several factors fit; a viewer's tiles are larger.
                    guard
                        case .aligned(let page, _, _) = TilePlacement(
                            region: region, size: size, pageSize: PixelSize(width: 61, height: 47)), page == whole.size
                    else { continue }
                    let tile = try Picture.draw(other, region: region, size: size)
                    for row in 0..<size.height {
                        for column in 0..<size.width {
                            #expect(tile.pixel(column, row) == whole.pixel(x / factor + column, y / factor + row))
                        }
                    }
                }
            }
        }
    }

    @Test("a reduced pixel is the rounded average of its box, edges continued", arguments: [2, 3, 4, 8, 16])
    func averages(box: Int) throws {
        for (name, pixel) in [("rgb-lzw.tif", Self.rgb), ("bits-g4.tif", Self.bits), ("grey.png", Self.grey)] {
            let canvas = try Picture.draw(try Picture.open(Self.path(name)), factor: box)
            for y in 0..<canvas.size.height {
                for x in 0..<canvas.size.width {
                    var sum = 0
                    for row in 0..<box {
                        for column in 0..<box {
                            sum += Int(pixel(min(60, x * box + column), min(46, y * box + row)) & 0xFF)
                        }
                    }
                    let average = UInt32((sum + box * box / 2) / (box * box))
                    #expect(canvas.pixel(x, y) & 0xFF == average, "\(name) at \(x), \(y)")
                }
            }
        }
    }

    @Test("sizes of their own join without a seam")
    func freeSeams() throws {
        for name in ["rgb-lzw.tif", "bits-g4.tif", "rgb.jpg"] {
            let document = try Picture.open(Self.path(name))
            for size in [
                PixelSize(width: 40, height: 31), PixelSize(width: 122, height: 94), PixelSize(width: 25, height: 40),
            ] {
                let whole = try Picture.draw(document, size: size)
                for (x, y) in [(0, 0), (10, 7), (20, 11)] {
                    let canvas = try Canvas(size: PixelSize(width: 5, height: 9))
                    try document.draw(
                        page: 1, placement: .aligned(page: size, x: x, y: y),
                        pageSize: PixelSize(width: 61, height: 47), on: canvas, isCancelled: { false })
                    for row in 0..<9 {
                        for column in 0..<5 { #expect(canvas.pixel(column, row) == whole.pixel(x + column, y + row)) }
                    }
                }
            }
        }
    }

    @Test("a region at a scale of its own shows what lies there")
    func freeRegion() throws {
        let document = try Picture.open(Self.path("rgb-lzw.tif"))
        let canvas = try Picture.draw(
            document, region: PixelRegion(x: 11, y: 7, width: 31, height: 29), size: PixelSize(width: 17, height: 20))
        for y in 1..<19 {
            for x in 1..<16 {
                let (column, row) = (11 + (Double(x) + 0.5) * 31 / 17 - 0.5, 7 + (Double(y) + 0.5) * 29 / 20 - 0.5)
                let expected =
                    UInt32((4 * column).rounded()) << 16 | UInt32((5 * row).rounded()) << 8
                    | UInt32((2 * (column + row)).rounded())
                #expect(isClose(canvas.pixel(x, y), expected, 2))
            }
        }
    }

    @Test("a second tile reads and decodes nothing, and what is let go is decoded again")
    func planes() throws {
        for name in ["rgb-lzw.tif", "bits-g4.tif", "rgb.jpg", "rgb.png"] {
            let source = try MemorySource(path: Self.path(name))
            let document = try Picture.open(source)
            #expect(document.oldestPageUse == nil)
            for factor in [1, 2, 8] {
                _ = try Picture.draw(document, factor: factor)
                let before = source.reads.calls
                _ = try Picture.draw(
                    document, region: PixelRegion(x: 0, y: 0, width: 16, height: 16),
                    size: PixelSize(width: 16 / factor, height: 16 / factor))
                #expect(source.reads.calls == before, "\(name) at 1/\(factor)")
            }
            var uses: [UInt64] = []
            while let use = document.oldestPageUse {
                uses.append(use)
                document.releaseOldestPage()
            }
            #expect(!uses.isEmpty && uses == uses.sorted())
            let before = source.reads.calls
            _ = try Picture.draw(document)
            #expect(source.reads.calls > before)
        }
    }

    @Test("planes that are let go give their memory back")
    func memory() throws {
        var page = TIFFWriter.Page(width: 4096, height: 1) { _, _ in 0 }
        page.height = 4096
        page.pixels = [UInt8](repeating: 77, count: 4096 * 4096)
        let document = try Picture.open(MemorySource(TIFFWriter().file([page])))
        // All of the process is measured: other suites allocate at the same time, but not in every round.
        var isReturned = false
        for _ in 0..<20 where !isReturned {
            for factor in [1, 2, 4] {
                #expect(
                    try Picture.draw(
                        document, region: PixelRegion(x: 0, y: 0, width: 512, height: 512),
                        size: PixelSize(width: 512 / factor, height: 512 / factor)
                    ).pixel(9, 9) == 0x4D4D4D)
            }
            let held = Int(recto_allocated_bytes())
            while document.oldestPageUse != nil { document.releaseOldestPage() }
            // 16 + 4 + 1 MiB of planes. A round in which another suite frees as much shows nothing.
            isReturned = (18 << 20...24 << 20).contains(held - Int(recto_allocated_bytes()))
        }
        #expect(isReturned)
    }

    @Test(
        "decoding stops when nobody waits any more",
        arguments: ["rgb.jpg", "progressive.jpg", "rgb.png", "rgb-lzw.tif", "bits-g4.tif", "lossless.jp2"])
    func cancel(name: String) throws {
        let document = try Picture.open(Self.path(name))
        #expect(throws: DocumentError.cancelled) { try Picture.draw(document) { true } }
        // Not at once, but at the second look.
        var looks = 0
        #expect(throws: DocumentError.cancelled) {
            try Picture.draw(document) {
                looks += 1
                return looks > 1
            }
        }
        #expect(try Picture.draw(document).size == PixelSize(width: 61, height: 47))
    }

    @Test("a file cut in the middle shows its upper part", arguments: ["rgb.jpg", "rgb-packbits.tif"])
    func truncated(name: String) throws {
        let file = try MemorySource(path: Self.path(name)).bytes
        // The TIFF's directory is at its end: keep that, and lose the pixels' end only.
        var half = Array(file[..<(file.count * 60 / 100)])
        if name.hasSuffix(".tif") {
            half = file
            let start = file.count * 6 / 10
            for index in start..<(file.count - 400) { half[index] = 0x80 }
        }
        let canvas = try Picture.draw(try Picture.open(MemorySource(half)))
        for y in 0..<8 { for x in 0..<61 { #expect(isClose(canvas.pixel(x, y), Self.rgb(x, y), 6)) } }
    }

    @Test("a GIF of a billion pixels in 250 bytes is refused before it is decoded (found by recto-fuzz)")
    func hugeFrame() throws {
        // Screen, colour table of four, image of 49,556 × 28,001, a little of its data.
        let file: [UInt8] =
            Array("GIF89a".utf8) + [0x3D, 0, 0x2F, 0, 0x81, 0, 0, 0x47, 0x70, 0x4C, 255, 255, 255, 0, 0, 0, 0, 0, 0]
            + [0x2C, 0, 0, 0, 0, 0x94, 0xC1, 0x61, 0x6D, 0, 2, 3, 0x84, 0x8F, 0xA9, 0, 0x3B]
        #expect(throws: DocumentError.outOfMemory) { try Picture.open(MemorySource(file)) }
    }

    @Test("a PNG whose header names a size beyond any number is an error (found by recto-fuzz)")
    func hugeHeader() throws {
        let file: [UInt8] =
            [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13] + Array("IHDR/Predictor 2".utf8)
            + [0, 0x78, 0xE1, 0, 0xD4]
        #expect(throws: DocumentError.self) { try Picture.open(MemorySource(file)) }
    }

    @Test("a PNG that is cut shows what is there on white", arguments: [30, 60, 90], [0, 1])
    func truncatedPNG(percent: Int, offset: Int) throws {
        for (name, tolerance) in [("rgb.png", 0), ("rgb16.png", 1)] {
            let file = try MemorySource(path: Self.path(name)).bytes
            let cut = MemorySource(Array(file[..<(file.count * percent / 100 + offset)]))
            let canvas = try Picture.draw(try Picture.open(cut))
            func isRight(_ y: Int) -> Bool {
                (0..<61).allSatisfy { isClose(canvas.pixel($0, y), Self.rgb($0, y), tolerance) }
            }
            let shown = try #require((0..<47).first { !isRight($0) }, "\(name)")
            // Rows compress alike.
            #expect(shown >= 47 * (percent - 10) / 100, "\(name): \(shown) rows")
            for y in shown..<47 { #expect((0..<61).allSatisfy { canvas.pixel($0, y) == 0xFFFFFF }, "\(name)") }
            // A reduction averages what is there with paper.
            let half = try Picture.draw(try Picture.open(cut), factor: 2)
            #expect(half.pixel(30, 23) == 0xFFFFFF)
        }
    }

    @Test("a damaged PNG shows the rows before the damage, one without any says so")
    func damagedPNG() throws {
        var file = try MemorySource(path: Self.path("rgb.png")).bytes
        for index in file.count / 2..<file.count / 2 + 64 { file[index] = 0xFF }
        let canvas = try Picture.draw(try Picture.open(MemorySource(file)))
        for x in 0..<61 {
            #expect(canvas.pixel(x, 4) == Self.rgb(x, 4))
            #expect(canvas.pixel(x, 46) == 0xFFFFFF)
        }
        let header = try #require((0..<file.count).first { file[$0...].starts(with: "IDAT".utf8) })
        #expect {
            try Picture.draw(try Picture.open(MemorySource(Array(file[..<(header + 8)]))))
        } throws: { error in
            if case DocumentError.damaged(let reason) = error { !reason.isEmpty } else { false }
        }
    }

    @Test("deep, signed and real samples span black to white", arguments: [false, true])
    func depths(isLittleEndian: Bool) throws {
        func bytes(_ value: UInt32, _ count: Int) -> [UInt8] {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: value >> UInt32($0 * 8)) }
            return isLittleEndian ? bytes : bytes.reversed()
        }
        // Depth, format, and a sample for a grey of 0 ... 255; those of -10 ... -1 are below black.
        let kinds: [(Int, Int, (Int) -> UInt32)] = [
            (16, 1, { UInt32(max(0, $0) * 257) }), (16, 2, { UInt32(bitPattern: Int32($0 * 32767 / 255)) }),
            (32, 1, { UInt32(max(0, $0) * 16_843_009) }),
            (32, 2, { UInt32(bitPattern: Int32($0 * Int(Int32.max) / 255)) }),
            (32, 3, { (Float($0) / 255).bitPattern }),
        ]
        for (depth, format, sample) in kinds {
            var page = TIFFWriter.Page(width: 270, height: 2) { _, _ in 0 }
            (page.depth, page.sampleFormat) = (depth, format)
            page.pixels = (0..<540).flatMap { bytes(sample(min(255, $0 % 270 - 10)), depth / 8) }
            let canvas = try Picture.draw(
                try Picture.open(MemorySource(TIFFWriter(isLittleEndian: isLittleEndian).file([page]))))
            for x in 0..<270 {
                let expected = UInt32(min(255, max(0, x - 10))) * 0x010101
                #expect(isClose(canvas.pixel(x, 1), expected, 1), "\(depth) bits, format \(format), at \(x)")
            }
        }
    }

    @Test("formats are told apart by their first bytes")
    func recognition() throws {
        for sample in Self.samples {
            let head = Array(try MemorySource(path: Self.path(sample.name)).bytes.prefix(DocumentSignature.headLength))
            #expect(DocumentSignature.recognise(head)?.kind == .raster, "\(sample.name)")
        }
    }
}
