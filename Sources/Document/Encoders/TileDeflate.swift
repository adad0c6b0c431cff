// SPDX-License-Identifier: Apache-2.0

import CDeflate
import TileModel

/// Deflate (RFC 1951) in zlib's frame (RFC 1950) for scanlines without a filter, made for tiles of text and drawings.
///
/// A general compressor goes through every byte of the flat areas that such tiles mostly consist of, three of them a pixel:
/// 1.9 ms for coloured text. This one compares whole pixels, with the left one, the one above and those that began alike:
/// 0.65 ms, with 3 to 7 % more bytes for grey text, 15 % for coloured text, 6 % fewer for scans (`docs/performance.md`). It counts in
/// whole numbers only and has no variants for processors, so its output is the same everywhere. Used by one thread.
final class TileDeflate {
    /// How a pixel becomes bytes.
    enum Samples {
        case grey
        case palette(Palette)
        case rgb

        var bytesPerPixel: Int { if case .rgb = self { 3 } else { 1 } }
    }

    /// A block has code lengths of its own: 64 Ki tokens are a tile of noise, or a page of text.
    private static let blockTokens = 1 << 16
    private static let hashBits: UInt32 = 13
    private static let empty = UInt32.max
    /// The length of a match is at most 258 bytes and its distance 32 KiB (RFC 1951, 3.2.5).
    private static let longest = 258
    private static let window = 1 << 15
    /// Beyond as many pixels, a match to the left or above is not compared with others; up to as many, the pixels inside
    /// of a match can be found again.
    private static let long = 16

    private let tokens = UnsafeMutablePointer<UInt32>.allocate(capacity: TileDeflate.blockTokens + 4)
    /// Where pixels began like this, as y << 16 | x.
    private let places = UnsafeMutablePointer<UInt32>.allocate(capacity: 1 << Int(TileDeflate.hashBits))
    private let symbols = DeflateSymbols()
    private var count = 0
    private let literals = DeflateCode(symbols: 286, limit: 15)
    private let distances = DeflateCode(symbols: 30, limit: 15)

    deinit {
        tokens.deallocate()
        places.deallocate()
    }

    /// Enough bytes for whatever `compress` writes.
    static func bound(width: Int, height: Int, bytesPerPixel: Int) -> Int {
        // A byte takes 15 bits at most, a match of three bytes 48; a header 400 bytes per block of tokens.
        let bytes = (width * bytesPerPixel + 1) * height
        return 2 * bytes + (bytes / blockTokens + 2) * 400 + 64
    }

    /// - Returns: the number of bytes written to `out`, which has room for `bound`.
    func compress(_ canvas: Canvas, as samples: Samples, into out: UnsafeMutablePointer<UInt8>) -> Int {
        let start = out
        var bits = BitWriter(at: out)
        bits.put(0x0178, 16)
        bits.flush()
        places.update(repeating: Self.empty, count: 1 << Int(Self.hashBits))
        count = 0
        var check: UInt32 = 1
        let rowBytes = canvas.size.width * samples.bytesPerPixel + 1
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: rowBytes + 1) { line in
            line[0] = 0
            let bytes = UnsafeMutableBufferPointer(rebasing: line[1..<rowBytes])
            for y in 0..<canvas.size.height {
                // The check is over the bytes, which exist for one line at a time only.
                switch samples {
                case .grey: PNGEncoder.grey(canvas.row(y), bytes)
                case .palette(let palette): palette.indices(canvas.row(y), bytes)
                case .rgb: PNGEncoder.rgb(canvas.row(y), bytes)
                }
                check = libdeflate_adler32(check, line.baseAddress!, rowBytes)
                switch samples {
                case .grey, .palette: tokenise(canvas, y, bytes.baseAddress!, bytesPerPixel: 1, &bits)
                case .rgb: tokenise(canvas, y, bytes.baseAddress!, bytesPerPixel: 3, &bits)
                }
            }
        }
        writeBlock(isLast: true, &bits)
        bits.finish()
        for shift in [24, 16, 8, 0] as [UInt32] { bits.append(UInt8(truncatingIfNeeded: check >> shift)) }
        return bits.position - start
    }

    // MARK: Tokens: a byte; 1 << 30 and the three bytes of a pixel; or 1 << 31, length << 16, distance - 1

    @inline(__always)
    private func tokenise(
        _ canvas: Canvas, _ y: Int, _ bytes: UnsafePointer<UInt8>, bytesPerPixel: Int, _ bits: inout BitWriter
    ) {
        let width = canvas.size.width
        let row = UnsafePointer(canvas.row(y))
        let above = y > 0 ? UnsafePointer(canvas.row(y - 1)) : row
        let rowBytes = width &* bytesPerPixel &+ 1
        let (first, stride) = (UnsafePointer(canvas.pixels), canvas.stride / 4)
        let isAboveNear = y > 0 && rowBytes <= Self.window
        let most = Self.longest / bytesPerPixel
        let hashed = bytesPerPixel == 1 ? 4 : 2
        let here = UInt32(truncatingIfNeeded: y) << 16

        add(byte: 0)
        var x = 0
        while x < width {
            if count >= Self.blockTokens { writeBlock(isLast: false, &bits) }
            let pixel = row[x]
            let limit = min(width &- x, most)
            var (best, distance) = (0, 0)
            if x > 0, row[x &- 1] == pixel {
                best = Self.common(row + x, row + (x &- 1), limit)
                distance = bytesPerPixel
            }
            if isAboveNear, best < limit, above[x] == pixel, above[x &+ best] == row[x &+ best] {
                let length = Self.common(row + x, above + x, limit)
                if length > best { (best, distance) = (length, rowBytes) }
            }
            if best < Self.long, x &+ hashed <= width {
                let slot = Self.slot(row + x, bytesPerPixel)
                let place = places[slot]
                places[slot] = here | UInt32(truncatingIfNeeded: x)
                if place != Self.empty {
                    let (thatY, thatX) = (Int(place >> 16), Int(place & 0xFFFF))
                    let back = (y &- thatY) &* rowBytes &+ (x &- thatX) &* bytesPerPixel
                    if back <= Self.window {
                        let there = first + (thatY &* stride &+ thatX)
                        let length = Self.common(row + x, there, min(limit, width &- thatX))
                        if length > best, length >= hashed { (best, distance) = (length, back) }
                    }
                }
            }
            if best &* bytesPerPixel >= 3 {
                add(length: best &* bytesPerPixel, distance: distance)
                if best <= Self.long {
                    var inside = x &+ 1
                    let end = min(x &+ best, width &- hashed &+ 1)
                    while inside < end {
                        places[Self.slot(row + inside, bytesPerPixel)] = here | UInt32(truncatingIfNeeded: inside)
                        inside &+= 1
                    }
                }
                x &+= best
            } else {
                if bytesPerPixel == 1 { add(byte: bytes[x]) } else { add(pixel: pixel) }
                x &+= 1
            }
        }
    }

    /// How many pixels are equal from the start, `limit` at most.
    @inline(__always)
    private static func common(_ a: UnsafePointer<UInt32>, _ b: UnsafePointer<UInt32>, _ limit: Int) -> Int {
        var length = 0
        while length < limit, a[length] == b[length] { length &+= 1 }
        return length
    }

    @inline(__always)
    private static func slot(_ pixels: UnsafePointer<UInt32>, _ bytesPerPixel: Int) -> Int {
        let mixed: UInt32
        if bytesPerPixel == 1 {
            mixed = (pixels[0] & 0xFFFFFF) ^ (pixels[1] << 8) ^ (pixels[2] &* 0x85EB_CA6B) ^ (pixels[3] &* 0xC2B2_AE35)
        } else {
            mixed = pixels[0] ^ (pixels[1] &* 0x85EB_CA6B)
        }
        return Int((mixed &* 0x9E37_79B1) >> (32 - hashBits))
    }

    @inline(__always)
    private func add(byte: UInt8) {
        tokens[count] = UInt32(byte)
        count &+= 1
        literals.uses[Int(byte)] &+= 1
    }

    @inline(__always)
    private func add(pixel: UInt32) {
        tokens[count] = 1 << 30 | (pixel & 0xFFFFFF)
        count &+= 1
        literals.uses[Int(pixel >> 16 & 0xFF)] &+= 1
        literals.uses[Int(pixel >> 8 & 0xFF)] &+= 1
        literals.uses[Int(pixel & 0xFF)] &+= 1
    }

    @inline(__always)
    private func add(length: Int, distance: Int) {
        tokens[count] = 1 << 31 | UInt32(truncatingIfNeeded: length &<< 16 | (distance &- 1))
        count &+= 1
        literals.uses[257 &+ Int(symbols.length[length])] &+= 1
        distances.uses[symbols.distance(distance)] &+= 1
    }

    // MARK: Blocks (RFC 1951, 3.2.7)

    private func writeBlock(isLast: Bool, _ bits: inout BitWriter) {
        literals.uses[256] = 1
        literals.build()
        distances.build()
        bits.put(isLast ? 1 : 0, 1)
        bits.put(2, 2)
        DeflateCode.write(literals, distances, &bits)
        let (literal, distance) = (literals.entries, distances.entries)
        for index in 0..<count {
            let token = tokens[index]
            if token >> 31 != 0 {
                let (length, back) = (Int(token >> 16 & 0x7FFF), Int(token & 0xFFFF) &+ 1)
                let lengthSymbol = Int(symbols.length[length])
                bits.put(literal[257 &+ lengthSymbol])
                bits.put(
                    UInt32(truncatingIfNeeded: length &- symbols.lengthStart[lengthSymbol]),
                    symbols.lengthBits[lengthSymbol])
                let symbol = symbols.distance(back)
                bits.put(distance[symbol])
                bits.put(
                    UInt32(truncatingIfNeeded: back &- symbols.distanceStart[symbol]), symbols.distanceBits[symbol])
            } else if token >> 30 != 0 {
                bits.put(literal[Int(token >> 16 & 0xFF)])
                bits.put(literal[Int(token >> 8 & 0xFF)])
                bits.put(literal[Int(token & 0xFF)])
            } else {
                bits.put(literal[Int(token)])
            }
            bits.flush()
        }
        bits.put(literal[256])
        bits.flush()
        count = 0
        literals.clear()
        distances.clear()
    }
}
