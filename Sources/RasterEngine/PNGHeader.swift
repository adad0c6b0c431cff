// SPDX-License-Identifier: Apache-2.0

import Document

/// What a PNG's chunks before the pixels say and libvips does not tell.
struct PNGHeader {
    private(set) var width = 0
    private(set) var height = 0
    private(set) var depth = 8
    private(set) var colourType = 2
    private(set) var isInterlaced = false
    private(set) var hasTransparency = false
    /// From an `eXIf` chunk; libvips 8.14 does not look there.
    private(set) var orientation: Int?
    private(set) var resolution = Resolution.square

    private static let mostChunks = 64
    private static let mostExif = 64 << 10

    init(_ source: any DocumentSource) {
        var place = 8
        for _ in 0..<Self.mostChunks {
            guard let head = Self.bytes(source, place, 8) else { return }
            let length = Self.number(head, 0)
            switch Array(head[4..<8]) {
            case Array("IHDR".utf8):
                guard let header = Self.bytes(source, place + 8, 13) else { return }
                (width, height) = (Self.number(header, 0), Self.number(header, 4))
                (depth, colourType, isInterlaced) = (Int(header[8]), Int(header[9]), header[12] != 0)
            case Array("tRNS".utf8): hasTransparency = true
            case Array("pHYs".utf8):
                guard let sizes = Self.bytes(source, place + 8, 8) else { break }
                resolution = Resolution(across: Double(Self.number(sizes, 0)), down: Double(Self.number(sizes, 4)))
            case Array("eXIf".utf8):
                guard length <= Self.mostExif, let exif = Self.bytes(source, place + 8, length) else { break }
                orientation = TIFFIndex.firstOrientation(ByteSource(exif))
            case Array("IDAT".utf8), Array("IEND".utf8): return
            default: break
            }
            place += length + 12
        }
    }

    /// Grey of one bit a pixel.
    var isBits: Bool { depth == 1 && colourType == 0 && !hasTransparency }

    /// Whether the pixels compress as badly as those of photographs do: screen shots and drawings come to a tenth of
    /// their bytes, photographs to a half and more.
    func isPhotograph(fileSize: Int) -> Bool {
        guard depth >= 8, colourType != 3 else { return false }
        let samples = [0: 1, 2: 3, 4: 2, 6: 4][colourType] ?? 3
        // Not in integers: the header's numbers are whatever somebody wrote.
        return Double(fileSize) > Double(width) * Double(height) * Double(samples * (depth / 8)) * 0.3
    }

    private static func bytes(_ source: any DocumentSource, _ place: Int, _ count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        return bytes.withUnsafeMutableBytes { source.read(at: place, into: $0) } ? bytes : nil
    }

    private static func number(_ bytes: [UInt8], _ place: Int) -> Int {
        TIFFNumbers(isLittleEndian: false).number(bytes, place, 4)
    }
}

/// Bytes in memory, read as a document is.
private final class ByteSource: DocumentSource {
    private let bytes: [UInt8]
    let isUnchanged = true
    let reads = ReadCount()
    var size: Int { bytes.count }

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) -> Bool {
        guard offset >= 0, buffer.count <= bytes.count, offset <= bytes.count - buffer.count else { return false }
        buffer.copyBytes(from: bytes[offset..<offset + buffer.count])
        return true
    }
}
