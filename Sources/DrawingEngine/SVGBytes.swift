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
                guard beginsWithElement(named: "svg", Array(xml.prefix(1 << 16))) else { throw .formatUnknown }
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

    /// Whether `mark` occurs anywhere.
    static func contains(_ mark: String, in xml: [UInt8]) -> Bool {
        let mark = Array(mark.utf8)
        return xml.withUnsafeBytes { xml in
            guard xml.count >= mark.count else { return false }
            return (0...xml.count - mark.count).contains { start in
                xml[start] == mark[0] && (1..<mark.count).allSatisfy { xml[start + $0] == mark[$0] }
            }
        }
    }

    /// Whether the first element has this name, in whatever namespace. A head that ends before its first element counts
    /// where the name occurs in it at all, as in a document type or a namespace.
    static func beginsWithElement(named name: String, _ head: [UInt8]) -> Bool {
        var rest = text(head)[...]
        while true {
            rest = rest.drop { $0 <= 0x20 }
            guard rest.first == UInt8(ascii: "<") else { return false }
            let end: [UInt8]
            if rest.starts(with: Array("<?".utf8)) {
                end = Array("?>".utf8)
            } else if rest.starts(with: Array("<!--".utf8)) {
                end = Array("-->".utf8)
            } else if rest.starts(with: Array("<!DOCTYPE".utf8)) {
                // An internal subset ends with a bracket and holds declarations that end as the document type does.
                let subset = rest.prefix { $0 != UInt8(ascii: ">") }.contains(UInt8(ascii: "["))
                end = subset ? Array("]".utf8) : Array(">".utf8)
            } else {
                if rest.first == UInt8(ascii: "<") {
                    let tag = rest.dropFirst().prefix {
                        $0 > 0x20 && $0 != UInt8(ascii: ">") && $0 != UInt8(ascii: "/")
                    }
                    let local = tag.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false).last ?? []
                    return local.elementsEqual(name.utf8)
                }
                return false
            }
            guard let next = index(after: end, in: rest) else {
                return contains(name, in: head.map { $0 | 0x20 }) || contains(name, in: text(head))
            }
            rest = rest[next...]
            if end == Array("]".utf8) {
                rest = rest.drop { $0 <= 0x20 }
                if rest.first == UInt8(ascii: ">") { rest = rest.dropFirst() }
            }
        }
    }

    private static func index(after mark: [UInt8], in bytes: ArraySlice<UInt8>) -> Int? {
        guard bytes.count >= mark.count else { return nil }
        return (bytes.startIndex...bytes.endIndex - mark.count).first {
            bytes[$0..<$0 + mark.count].elementsEqual(mark)
        }
        .map { $0 + mark.count }
    }

    /// Without byte order mark; of UTF-16 only the ASCII, which is all that names of elements need.
    private static func text(_ head: [UInt8]) -> [UInt8] {
        if head.starts(with: [0xEF, 0xBB, 0xBF]) { return Array(head.dropFirst(3)) }
        if head.starts(with: [0xFF, 0xFE]) || head.starts(with: [0xFE, 0xFF]) {
            return head.dropFirst(2).filter { $0 != 0 }
        }
        return head
    }
}
