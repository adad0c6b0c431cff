// SPDX-License-Identifier: Apache-2.0

import CCairo
import Testing
import TileModel

@testable import Document

/// What holds for every encoder in the registry, and for PNG its exactness, with libpng (through cairo) as the oracle.
struct EncoderContract {
    static let formats = TileEncoders.all.map { $0.format }

    enum Content: CaseIterable {
        case white
        case grey
        case fewColours
        case flat
        case noise
    }

    private func canvas(_ content: Content, _ size: PixelSize = PixelSize(width: 37, height: 23)) throws -> Canvas {
        let canvas = try Canvas(size: size)
        var state: UInt32 = 1
        canvas.withPixels { _ in
            for y in 0..<size.height {
                for x in 0..<size.width {
                    state = state &* 1_664_525 &+ 1_013_904_223
                    let pixel: UInt32 =
                        switch content {
                        case .white: 0xFFFFFF
                        case .grey: (state >> 24) * 0x010101
                        case .fewColours: [0xFF0000, 0x00FF00, 0x1234AB][Int(state >> 30) % 3]
                        case .flat: x < size.width * 3 / 4 ? 0x336699 : state >> 8
                        case .noise: state >> 8
                        }
                    canvas.row(y)[x] = 0xFF00_0000 | pixel
                }
            }
        }
        return canvas
    }

    @Test("equal pixels give equal bytes", arguments: formats, Content.allCases)
    func deterministic(format: TileFormat, content: Content) throws {
        let first = try TileEncoders().encode(try canvas(content), as: format)
        let encoders = TileEncoders()
        _ = try encoders.encode(try canvas(.noise), as: format)
        #expect(try encoders.encode(try canvas(content), as: format) == first)
        #expect(!first.isEmpty)
    }

    @Test("one pixel and one column can be encoded", arguments: formats)
    func tiny(format: TileFormat) throws {
        for size in [
            PixelSize(width: 1, height: 1), PixelSize(width: 1, height: 300), PixelSize(width: 300, height: 1),
        ] {
            #expect(try !TileEncoders().encode(try canvas(.noise, size), as: format).isEmpty)
        }
    }

    @Test("PNG gives back every pixel", arguments: Content.allCases)
    func lossless(content: Content) throws {
        let canvas = try canvas(content)
        let decoded = try DecodedPNG(try PNGEncoder().encode(canvas))
        #expect(decoded.size == canvas.size)
        for y in 0..<canvas.size.height {
            for x in 0..<canvas.size.width {
                #expect(decoded.pixel(x, y) == canvas.row(y)[x] & 0xFF_FFFF)
            }
        }
    }

    /// Several blocks of tokens, matches as far back as they go, and rows longer than that.
    @Test(
        "PNG gives back large pictures of lines",
        arguments: [PixelSize(width: 700, height: 600), PixelSize(width: 12000, height: 40)], [1, 3, 255, 0xFF_FFFF])
    func lines(size: PixelSize, colours: UInt32) throws {
        let canvas = try Canvas(size: size)
        var state: UInt32 = 7
        canvas.withPixels { _ in
            for y in 0..<size.height {
                let row = canvas.row(y)
                for x in 0..<size.width {
                    state = state &* 1_664_525 &+ 1_013_904_223
                    switch (x / 40 + y / 25) % 4 {
                    case 0: break
                    case 1: row[x] = y > 1 ? canvas.row(y - 2)[max(0, x - 3)] : 0xFF00_0000
                    case 2: row[x] = 0xFF00_0000 | UInt32(x * y % 9) * 0x04_0506
                    default: row[x] = 0xFF00_0000 | (state >> 8) % colours
                    }
                }
            }
        }
        let decoded = try DecodedPNG(try PNGEncoder().encode(canvas))
        #expect(decoded.size == size)
        var different = 0
        for y in 0..<size.height {
            for x in 0..<size.width where decoded.pixel(x, y) != canvas.row(y)[x] & 0xFF_FFFF { different += 1 }
        }
        #expect(different == 0)
    }

    @Test("a code for weights that grow like Fibonacci's numbers stays within its limit")
    func limited() {
        let code = DeflateCode(symbols: 30, limit: 15)
        var (a, b) = (UInt32(1), UInt32(1))
        for symbol in 0..<30 {
            code.uses[symbol] = a
            (a, b) = (b, a + b)
        }
        code.build()
        let bits = (0..<30).map { Int(code.entries[$0].bits) }
        #expect(bits.allSatisfy { (1...15).contains($0) })
        // Kraft's sum of a full code is one.
        #expect(bits.map { 1 << (15 - $0) }.reduce(0, +) == 1 << 15)
    }

    @Test("PNG is reduced to grey and palette where the picture allows")
    func reduced() throws {
        /// Byte 25 of a PNG file is its colour type.
        func colourType(_ content: Content) throws -> UInt8 { try PNGEncoder().encode(try canvas(content))[25] }
        #expect(try colourType(.white) == 0)
        #expect(try colourType(.grey) == 0)
        #expect(try colourType(.fewColours) == 3)
        #expect(try colourType(.noise) == 2)
    }

    @Test("a palette takes 256 colours and not one more", arguments: [256, 257])
    func palette(count: Int) throws {
        let canvas = try Canvas(size: PixelSize(width: count, height: 1))
        for x in 0..<count { canvas.row(0)[x] = 0xFF00_0000 | UInt32(x) << 12 | 1 }
        let file = try PNGEncoder().encode(canvas)
        #expect(file[25] == (count == 256 ? 3 : 2))
        let decoded = try DecodedPNG(file)
        for x in 0..<count { #expect(decoded.pixel(x, 0) == UInt32(x) << 12 | 1) }
    }

    @Test("qualities reduce colours")
    func qualities() throws {
        let grey = try canvas(.noise)
        grey.apply(.gray)
        let bitonal = try canvas(.noise)
        bitonal.apply(.bitonal)
        for y in 0..<grey.size.height {
            for x in 0..<grey.size.width {
                let value = grey.row(y)[x] & 0xFF
                #expect(grey.row(y)[x] == 0xFF00_0000 | value * 0x010101)
                #expect([0xFF00_0000, 0xFFFF_FFFF].contains(bitonal.row(y)[x]))
            }
        }
    }

    @Test("an angle in between turns the picture within its bounds, on white")
    func angle() throws {
        let canvas = try Canvas(size: PixelSize(width: 100, height: 100))
        canvas.withPixels { _ in for y in 0..<100 { for x in 0..<100 { canvas.row(y)[x] = 0xFF00_0000 } } }
        let turned = try canvas.rotated(TileRotation(degrees: 45), bounds: PixelSize(width: 142, height: 142))
        #expect(turned.row(0)[0] & 0xFF_FFFF == 0xFF_FFFF)
        #expect(turned.row(71)[71] & 0xFF_FFFF == 0)
        #expect(turned.row(5)[71] & 0xFF_FFFF == 0)
    }
}

/// A PNG as libpng reads it.
private final class DecodedPNG {
    private let surface: OpaquePointer?
    let size: PixelSize

    struct Unreadable: Error {}

    private final class Cursor {
        var rest: ArraySlice<UInt8>
        init(_ bytes: [UInt8]) { rest = bytes[...] }
    }

    init(_ bytes: [UInt8]) throws {
        let cursor = Cursor(bytes)
        surface = cairo_image_surface_create_from_png_stream(
            { closure, target, count in
                guard let closure, let target else { return CAIRO_STATUS_READ_ERROR }
                let cursor = Unmanaged<Cursor>.fromOpaque(closure).takeUnretainedValue()
                guard cursor.rest.count >= Int(count) else { return CAIRO_STATUS_READ_ERROR }
                for (index, byte) in cursor.rest.prefix(Int(count)).enumerated() { target[index] = byte }
                cursor.rest = cursor.rest.dropFirst(Int(count))
                return CAIRO_STATUS_SUCCESS
            }, Unmanaged.passUnretained(cursor).toOpaque())
        guard cairo_surface_status(surface) == CAIRO_STATUS_SUCCESS else { throw Unreadable() }
        size = PixelSize(
            width: Int(cairo_image_surface_get_width(surface)), height: Int(cairo_image_surface_get_height(surface)))
    }

    deinit { cairo_surface_destroy(surface) }

    func pixel(_ x: Int, _ y: Int) -> UInt32 {
        let row = cairo_image_surface_get_data(surface) + y * Int(cairo_image_surface_get_stride(surface))
        return UnsafeRawPointer(row).assumingMemoryBound(to: UInt32.self)[x] & 0xFF_FFFF
    }
}
