// SPDX-License-Identifier: Apache-2.0

import Benchmark
import CKernel
import Document
import TileModel

/// A quarter of a tile, 256 × 256 pixels, by each encoder, of the kinds of pictures between which the PNG encoder tells. What
/// takes longer than a busy machine leaves a thread its processor for has no fastest call that means anything.
func measureEncoders() {
    // As in a worker: memory that malloc gave back after each tile would cost more than the encoding of some.
    recto_keep_heap(16 << 20, 4 << 20)
    for (name, pixel) in [("grey text", grey), ("coloured text", coloured), ("photograph", photograph)] {
        for format in [TileFormat.png, .jpg, .webp] {
            Benchmark("encode: \(name) as \(format.rawValue)") { benchmark in
                let canvas = try Canvas(size: PixelSize(width: 256, height: 256))
                draw(canvas, pixel)
                let encoders = TileEncoders()
                benchmark.startMeasurement()
                for _ in benchmark.scaledIterations { blackHole(try encoders.encode(canvas, as: format).count) }
                benchmark.stopMeasurement()
            }
        }
    }
}

private func draw(_ canvas: Canvas, _ pixel: (Int, Int) -> UInt32) {
    canvas.withPixels { _ in
        for y in 0..<canvas.size.height {
            let row = canvas.row(y)
            for x in 0..<canvas.size.width { row[x] = 0xFF00_0000 | pixel(x, y) }
        }
    }
}

/// Lines of strokes with soft edges on white, a third of them blank: about as dense as a page of text. Made, so that it is
/// the same everywhere.
private func ink(_ x: Int, _ y: Int) -> UInt32 {
    guard y % 24 < 14, (x / 90 + y / 24) % 5 > 0 else { return 255 }
    let stroke = mix(UInt64(x / 3 + y / 24 * 512)) % 4
    let height = mix(UInt64(x / 9 + y / 24 * 99)) % 14
    guard stroke == 0, y % 24 > Int(height) / 2 else { return 255 }
    return x % 3 == 1 ? 20 : 140
}

private func grey(_ x: Int, _ y: Int) -> UInt32 { ink(x, y) * 0x01_0101 }

/// More than 256 colours: no palette.
private func coloured(_ x: Int, _ y: Int) -> UInt32 {
    let ink = ink(x, y)
    return ink == 255 ? 0xFF_FFFF : (ink + UInt32(x & 63)) << 16 | UInt32(y & 63) << 8 | 0xE0
}

/// Slopes with noise in each channel.
private func photograph(_ x: Int, _ y: Int) -> UInt32 {
    let noise = mix(UInt64(x + y * 512))
    let red = UInt32((x + y) / 5) + UInt32(noise & 7)
    let green = UInt32((512 - x) / 3) + UInt32(noise >> 8 & 7)
    let blue = UInt32(y / 3) + UInt32(noise >> 16 & 7)
    return min(red, 255) << 16 | min(green, 255) << 8 | min(blue, 255)
}

/// Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014.
private func mix(_ value: UInt64) -> UInt64 {
    var state = value &* 0x9E37_79B9_7F4A_7C15
    state = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
    state = (state ^ state >> 27) &* 0x94D0_49BB_1331_11EB
    return state ^ state >> 31
}
