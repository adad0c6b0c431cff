// SPDX-License-Identifier: Apache-2.0

import Document
import Foundation
import Testing
import TileModel

/// A small document of a format. Each line of `DocumentSignature.all` needs one in `all`.
struct Specimen: Sendable, CustomTestStringConvertible {
    let name: String
    let mediaType: String
    let pages: Int
    /// A page of which a crop box hides some of the text.
    var cropped: Int?
    /// What a pixel's channels may differ by, where tiles meet and anywhere else.
    var seam = 1
    /// The share of pixels that may differ by more.
    var beyondSeam = 0.0
    let bytes: @Sendable () throws -> [UInt8]

    var testDescription: String { "\(mediaType) \(name)" }

    static let all: [Specimen] = [
        raster("image/tiff", "rgb-zip-tiled.tif"), raster("image/tiff", "bits-g4.tif"),
        raster("image/tiff", "cmyk.tif"), raster("image/tiff", "rgb-big.tif"), raster("image/jpeg", "rgb-420.jpg"),
        raster("image/png", "rgba.png"), raster("image/png", "bits.png"), raster("image/gif", "bits.gif"),
        raster("image/webp", "lossy.webp"), raster("image/jp2", "lossless.jp2"),
        Specimen(name: "the codestream of lossless.jp2", mediaType: "image/j2c", pages: 1, bytes: codestream),
        pdf("ten-pages.pdf", 10), pdf("links.pdf", 3, cropped: 3), pdf("form.pdf", 1),
        Specimen(name: "drawing", mediaType: "image/svg+xml", pages: 1) { Array(drawing.utf8) },
        Specimen(name: "compressed drawing", mediaType: "image/svg+xml", pages: 1) { gzip(Array(drawing.utf8)) },
        Specimen(name: "UTF-8", mediaType: "text/plain", pages: 3) { Array(text.utf8) },
        Specimen(name: "UTF-16", mediaType: "text/plain", pages: 3) {
            [0xFF, 0xFE] + text.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
        },
    ]

    private static func raster(_ mediaType: String, _ name: String) -> Specimen {
        Specimen(name: name, mediaType: mediaType, pages: 1) { try file("raster/\(name)") }
    }

    /// PDFium rounds the place of single glyphs otherwise from tile to tile (docs/performance.md).
    private static func pdf(_ name: String, _ pages: Int, cropped: Int? = nil) -> Specimen {
        Specimen(
            name: name, mediaType: "application/pdf", pages: pages, cropped: cropped, seam: 8, beyondSeam: 0.002
        ) { try file(name) }
    }

    private static func file(_ name: String, path: String = #filePath) throws -> [UInt8] {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().deletingLastPathComponent()
        return [UInt8](try Data(contentsOf: folder.appendingPathComponent("Fixtures/\(name)")))
    }

    private static func codestream() throws -> [UInt8] {
        let file = try file("raster/lossless.jp2")
        let start = try #require(file.indices.dropLast(3).first { file[$0...].starts(with: [0xFF, 0x4F, 0xFF, 0x51]) })
        return Array(file[start...])
    }

    private static let drawing = """
        <svg xmlns="http://www.w3.org/2000/svg" width="200" height="150">
        <circle cx="80" cy="70" r="50" fill="#25a" stroke="black" stroke-width="3"/>
        <path d="M10 140 C 60 10, 140 10, 190 140" fill="none" stroke="#c30" stroke-width="2.5"/>
        <text x="30" y="80" font-family="sans-serif" font-size="20">recto</text></svg>
        """

    private static let text = (1...150).map { "Line \($0): the recto is the front of a leaf, \u{e9}\u{2014}\u{3b1}.\n" }
        .joined()

    /// Stored, not compressed (RFC 1951, 3.2.4), in a gzip file (RFC 1952).
    private static func gzip(_ bytes: [UInt8]) -> [UInt8] {
        var sum = ~UInt32(0)
        for byte in bytes {
            sum ^= UInt32(byte)
            for _ in 0..<8 { sum = sum & 1 == 1 ? (sum >> 1) ^ 0xEDB8_8320 : sum >> 1 }
        }
        let length = UInt16(bytes.count)
        var file: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255, 1]
        file += little(length) + little(~length) + bytes
        return file + little(~sum) + little(UInt32(bytes.count))
    }

    private static func little(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }
}

/// A document in memory.
final class MemorySource: DocumentSource {
    private let bytes: [UInt8]
    let isUnchanged = true
    private(set) var reads = ReadCount()
    var size: Int { bytes.count }

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) -> Bool {
        guard offset >= 0, buffer.count <= size, offset <= size - buffer.count else { return false }
        reads.calls += 1
        reads.bytes += buffer.count
        buffer.copyBytes(from: bytes[offset..<offset + buffer.count])
        return true
    }
}
