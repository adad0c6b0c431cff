// SPDX-License-Identifier: Apache-2.0

import CDeflate
import Document

/// The XML of an SVG document, bounded before anything is parsed.
enum SVGBytes {
    /// Of the file and of the XML in it. The largest drawings seen have about 30 MB; a parsed one takes several times as
    /// much.
    static let mostBytes = 64 << 20
    /// librsvg holds 2 KB an element, a recording 1 KB, and librsvg itself gives up only at a million of them.
    static let mostElements = 250_000

    static func read(_ source: any DocumentSource) throws(DocumentError) -> [UInt8] {
        guard source.size <= mostBytes else { throw .outOfMemory }
        let file = try source.bytes(0..<source.size)
        let xml = isCompressed(file) ? try decompressed(file) : file
        guard elements(xml) <= mostElements else { throw .outOfMemory }
        return xml
    }

    static func isCompressed(_ bytes: [UInt8]) -> Bool { bytes.starts(with: [0x1F, 0x8B, 8]) }

    /// The capacity is doubled until the XML fits, so a bomb costs no more than its first 64 MB, a few times over.
    private static func decompressed(_ file: [UInt8]) throws(DocumentError) -> [UInt8] {
        guard let decompressor = libdeflate_alloc_decompressor() else { throw .outOfMemory }
        defer { libdeflate_free_decompressor(decompressor) }
        var capacity = min(mostBytes, max(1 << 20, file.count * 8))
        while true {
            var result = LIBDEFLATE_BAD_DATA
            let xml = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
                var used = 0
                result = libdeflate_gzip_decompress_ex(
                    decompressor, file, file.count, buffer.baseAddress, capacity, nil, &used)
                count = result == LIBDEFLATE_SUCCESS ? used : 0
            }
            switch result {
            case LIBDEFLATE_SUCCESS:
                guard XMLSignature.beginsWithElement(named: "svg", Array(xml.prefix(1 << 16))) else { throw .formatUnknown }
                return xml
            case LIBDEFLATE_INSUFFICIENT_SPACE where capacity < mostBytes: capacity = min(mostBytes, capacity * 4)
            case LIBDEFLATE_INSUFFICIENT_SPACE: throw .outOfMemory
            default: throw .damaged("the compressed data is damaged")
            }
        }
    }

    /// At least as many as there are: everything that begins with `<` and is no end tag.
    private static func elements(_ xml: [UInt8]) -> Int {
        xml.withUnsafeBufferPointer { xml in
            var count = 0
            for index in 0..<max(0, xml.count - 1)
            where xml[index] == UInt8(ascii: "<") && xml[index + 1] != UInt8(ascii: "/") {
                count += 1
            }
            return count
        }
    }
}
