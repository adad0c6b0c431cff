// SPDX-License-Identifier: Apache-2.0

import CDeflate
package import TileModel

/// PNG assembled around libdeflate, reduced to 8-bit grey or a palette of at most 256 colours where the picture allows.
///
/// A tile of text is 0.76 ms and 19 KB this way where libpng takes 1.7 ms and 44 KB (`docs/performance.md`).
package final class PNGEncoder: TileEncoder {
    package static let format = TileFormat.png
    package static let settings = "png libdeflate/\(LIBDEFLATE_VERSION_STRING) grey2 palette2 drawing2 mixed1 photo1up"

    private var compressors: [CInt: OpaquePointer] = [:]

    package init() {}

    deinit {
        for compressor in compressors.values { libdeflate_free_compressor(compressor) }
    }

    package func encode(_ canvas: Canvas) throws(DocumentError) -> [UInt8] {
        let content = PixelContent(of: canvas)
        let (width, height) = (canvas.size.width, canvas.size.height)
        let rows: [UInt8]
        switch content {
        case .grey: rows = Self.rows(width: width, height: height, bytesPerPixel: 1) { Self.grey(canvas.row($0), $1) }
        case .palette(let palette):
            rows = Self.rows(width: width, height: height, bytesPerPixel: 1) { palette.indices(canvas.row($0), $1) }
        case .drawing, .mixed:
            rows = Self.rows(width: width, height: height, bytesPerPixel: 3) { Self.rgb(canvas.row($0), $1) }
        case .photo: rows = Self.upFilteredRows(canvas)
        }
        // Levels measured in docs/performance.md: higher ones never paid.
        let level: CInt =
            switch content {
            case .grey, .palette, .drawing: 2
            // Few matches are found, so looking for them is what costs: a third less than level 4, 3 % more bytes.
            case .mixed, .photo: 1
            }
        return try assemble(rows, content: content, size: canvas.size, level: level)
    }

    // MARK: Scanlines: a filter byte, then the pixels.

    private static func rows(
        width: Int, height: Int, bytesPerPixel: Int, _ fill: (Int, UnsafeMutableBufferPointer<UInt8>) -> Void
    ) -> [UInt8] {
        let rowBytes = width * bytesPerPixel + 1
        return [UInt8](unsafeUninitializedCapacity: rowBytes * height) { buffer, initialised in
            for y in 0..<height {
                buffer[y * rowBytes] = 0
                let start = buffer.baseAddress! + y * rowBytes + 1
                fill(y, UnsafeMutableBufferPointer(start: start, count: rowBytes - 1))
            }
            initialised = rowBytes * height
        }
    }

    private static func grey(_ row: UnsafePointer<UInt32>, _ out: UnsafeMutableBufferPointer<UInt8>) {
        let target = out.baseAddress!
        for x in 0..<out.count { target[x] = UInt8(truncatingIfNeeded: row[x]) }
    }

    private static func rgb(_ row: UnsafePointer<UInt32>, _ out: UnsafeMutableBufferPointer<UInt8>) {
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

    private func assemble(_ rows: [UInt8], content: PixelContent, size: PixelSize, level: CInt) throws(DocumentError)
        -> [UInt8]
    {
        guard let compressor = compressor(level) else { throw .outOfMemory }
        var palette: [UInt8] = []
        let colourType: UInt8 =
            switch content {
            case .grey: 0
            case .palette: 3
            case .drawing, .mixed, .photo: 2
            }
        if case .palette(let colours) = content { palette = colours.rgb }

        let bound = libdeflate_zlib_compress_bound(compressor, rows.count)
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
                written = libdeflate_zlib_compress(
                    compressor, rows, rows.count, buffer.baseAddress! + data.count, bound)
                data.count += written
            }
            file.chunk("IEND") { _ in }
            initialised = file.count
        }
        guard written > 0 else { throw .outOfMemory }
        return file
    }

    private func compressor(_ level: CInt) -> OpaquePointer? {
        if let compressor = compressors[level] { return compressor }
        let compressor = libdeflate_alloc_compressor(level)
        compressors[level] = compressor
        return compressor
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
