// SPDX-License-Identifier: Apache-2.0

import CPDFium
import Document
import TileModel

/// Reads a PDF's document information dictionary.
enum PDFMetadata {
    static func read(_ document: FPDF_DOCUMENT) -> DocumentMetadata {
        func entry(_ name: String) -> String? {
            let text = PDFFile.text { FPDF_GetMetaText(document, name, $0, $1) }
            return text.flatMap { $0.contains { !$0.isWhitespace } ? $0 : nil }
        }
        return DocumentMetadata(
            author: entry("Author"), subject: entry("Subject"), keywords: entry("Keywords"), creator: entry("Creator"),
            producer: entry("Producer"), created: entry("CreationDate").flatMap(date),
            modified: entry("ModDate").flatMap(date))
    }

    /// `D:YYYYMMDDHHmmSSOHH'mm'` (ISO 32000-1, 7.9.4) as ISO 8601; everything after the year may be missing.
    static func date(_ text: String) -> String? {
        var rest = Array(text.utf8.filter { $0 != 0x20 })[...]
        if rest.starts(with: "D:".utf8) { rest = rest.dropFirst(2) }
        func number(_ count: Int, _ range: ClosedRange<Int>) -> String? {
            let digits = rest.prefix(count)
            guard digits.count == count, digits.allSatisfy({ (0x30...0x39).contains($0) }),
                let value = Int(String(decoding: digits, as: UTF8.self)), range.contains(value)
            else { return nil }
            rest = rest.dropFirst(count)
            return String(decoding: digits, as: UTF8.self)
        }
        guard var result = number(4, 0...9999) else { return nil }
        for (separator, range) in [("-", 1...12), ("-", 1...31)] {
            guard let part = number(2, range) else { return result }
            result += separator + part
        }
        // ISO 8601 knows no hour without its minutes.
        guard let hour = number(2, 0...23) else { return result }
        result += "T" + hour + ":" + (number(2, 0...59) ?? "00")
        // A leap second is one.
        if let second = number(2, 0...60) { result += ":" + second }
        guard let sign = rest.popFirst() else { return result }
        if sign == UInt8(ascii: "Z") { return result + "Z" }
        guard sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-"), let hours = number(2, 0...23) else {
            return result
        }
        if rest.first == UInt8(ascii: "'") { rest = rest.dropFirst() }
        return result + (sign == UInt8(ascii: "+") ? "+" : "-") + hours + ":" + (number(2, 0...59) ?? "00")
    }
}
