// SPDX-License-Identifier: Apache-2.0

import CDeflate
package import TileModel

/// PNG, reduced to 8-bit grey or a palette of at most 256 colours where the picture allows: text and drawings through
/// `TileDeflate`, photographs through libdeflate, which finds more in them.
package final class PNGEncoder: TileEncoder {
    package static let format = TileFormat.png
    package static let settings = "png flat/1 photo-libdeflate/\(LIBDEFLATE_VERSION_STRING)-1up"

    private let flat = TileDeflate()
    /// Level 1: higher ones never paid (`docs/performance.md`).
    private let photographs = libdeflate_alloc_compressor(1)

    package init() {}

    deinit { libdeflate_free_compressor(photographs) }

    package func encode(_ canvas: Canvas) throws(DocumentError) -> [UInt8] {
        switch PixelContent(of: canvas) {
        case .grey: return try assemble(canvas, as: .grey)
        case .palette(let palette): return try assemble(canvas, as: .palette(palette))
        case .drawing: return try assemble(canvas, as: .rgb)
        case .photo:
            guard let photographs else { throw .outOfMemory }
            let rows = Self.upFilteredRows(canvas)
            let bound = libdeflate_zlib_compress_bound(photographs, rows.count)
            return try assemble(canvas.size, colourType: 2, palette: [], bound: bound) { out in
                libdeflate_zlib_compress(photographs, rows, rows.count, out, bound)
            }
        }
    }

    private func assemble(_ canvas: Canvas, as samples: TileDeflate.Samples) throws(DocumentError) -> [UInt8] {
        let bound = TileDeflate.bound(
            width: canvas.size.width, height: canvas.size.height, bytesPerPixel: samples.bytesPerPixel)
        var palette: [UInt8] = []
        var colourType: UInt8 = 2
        switch samples {
        case .grey: colourType = 0
        case .palette(let colours): (colourType, palette) = (3, colours.rgb)
        case .rgb: break
        }
        return try assemble(canvas.size, colourType: colourType, palette: palette, bound: bound) { out in
            flat.compress(canvas, as: samples, into: out)
        }
    }

    // MARK: Scanlines: a filter byte, then the pixels.

    static func grey(_ row: UnsafePointer<UInt32>, _ out: UnsafeMutableBufferPointer<UInt8>) {
        let target = out.baseAddress!
        for x in 0..<out.count { target[x] = UInt8(truncatingIfNeeded: row[x]) }
    }

    static func rgb(_ row: UnsafePointer<UInt32>, _ out: UnsafeMutableBufferPointer<UInt8>) {
        let target = UnsafeMutableRawPointer(out.baseAddress!)
        let width = out.count / 3
        guard width > 0 else { return }
        // Four bytes a store, of which the next pixel overwrites the last: 0xXXRRGGBB swapped and shifted is R, G, B, 0.
        for x in 0..<width - 1 {
            target.storeBytes(of: row[x].byteSwapped >> 8, toByteOffset: 3 * x, as: UInt32.self)
        }
        let last = row[width - 1]
        for (place, shift) in [16, 8, 0].enumerated() {
            out[3 * (width - 1) + place] = UInt8(truncatingIfNeeded: last >> UInt32(shift))
        }
    }

    /// Filter 2, "up": the difference to the pixel above, which makes photographs compress.
    private static func upFilteredRows(_ canvas: Canvas) -> [UInt8] {
        let (width, height) = (canvas.size.width, canvas.size.height)
        let rowBytes = width * 3 + 1
        return [UInt8](unsafeUninitializedCapacity: rowBytes * height) { buffer, initialised in
            for y in 0..<height {
                var target = buffer.baseAddress! + y * rowBytes
                target[0] = 2
                target += 1
                let row = canvas.row(y)
                let above = y > 0 ? canvas.row(y - 1) : nil
                for x in 0..<width {
                    let pixel = row[x]
                    let up = above.map { $0[x] } ?? 0
                    target[0] = UInt8(truncatingIfNeeded: pixel >> 16) &- UInt8(truncatingIfNeeded: up >> 16)
                    target[1] = UInt8(truncatingIfNeeded: pixel >> 8) &- UInt8(truncatingIfNeeded: up >> 8)
                    target[2] = UInt8(truncatingIfNeeded: pixel) &- UInt8(truncatingIfNeeded: up)
                    target += 3
                }
            }
            initialised = rowBytes * height
        }
    }

    // MARK: The file (PNG specification, third edition, sections 5.2 and 11)

    /// - Parameter compress: writes the compressed scanlines, `bound` bytes at most, and returns how many; 0: it cannot.
    private func assemble(
        _ size: PixelSize, colourType: UInt8, palette: [UInt8], bound: Int,
        _ compress: (UnsafeMutablePointer<UInt8>) -> Int
    ) throws(DocumentError) -> [UInt8] {
        let paletteBytes = palette.isEmpty ? 0 : palette.count + 12
        let capacity = 8 + 25 + paletteBytes + 12 + bound + 12
        var written = 0
        let file = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, initialised in
            var file = PNGFile(buffer: buffer)
            file.signature()
            file.chunk("IHDR") { header in
                header.bigEndian(UInt32(size.width))
                header.bigEndian(UInt32(size.height))
                for byte in [8, colourType, 0, 0, 0] { header.append(byte) }
            }
            if !palette.isEmpty { file.chunk("PLTE") { data in for byte in palette { data.append(byte) } } }
            file.chunk("IDAT") { data in
                written = compress(buffer.baseAddress! + data.count)
                data.count += written
            }
            file.chunk("IEND") { _ in }
            initialised = file.count
        }
        guard written > 0 else { throw .outOfMemory }
        return file
    }
}

/// Writes chunks into a buffer that is known to be large enough.
private struct PNGFile {
    let buffer: UnsafeMutableBufferPointer<UInt8>
    var count = 0

    mutating func append(_ byte: UInt8) {
        buffer[count] = byte
        count += 1
    }

    mutating func bigEndian(_ value: UInt32) {
        for shift in [24, 16, 8, 0] as [UInt32] { append(UInt8(truncatingIfNeeded: value >> shift)) }
    }

    mutating func signature() {
        for byte in [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] as [UInt8] { append(byte) }
    }

    mutating func chunk(_ type: StaticString, _ body: (inout PNGFile) -> Void) {
        let lengthAt = count
        bigEndian(0)
        let start = count
        for index in 0..<4 { append(type.utf8Start[index]) }
        body(&self)
        var length = PNGFile(buffer: buffer, count: lengthAt)
        length.bigEndian(UInt32(count - start - 4))
        bigEndian(libdeflate_crc32(0, buffer.baseAddress! + start, count - start))
    }
}
