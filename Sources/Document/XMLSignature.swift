// SPDX-License-Identifier: Apache-2.0

/// Tells XML by its first element.
package enum XMLSignature {
    /// Whether the first element has this name, in whatever namespace. A head that ends before its first element counts
    /// where the name occurs in it at all, as in a document type or a namespace.
    package static func beginsWithElement(named name: String, _ head: [UInt8]) -> Bool {
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
                    let tag = rest.dropFirst().prefix { $0 > 0x20 && $0 != UInt8(ascii: ">") && $0 != UInt8(ascii: "/") }
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
        return (bytes.startIndex...bytes.endIndex - mark.count).first { bytes[$0..<$0 + mark.count].elementsEqual(mark) }
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

    /// Whether `mark` occurs anywhere.
    package static func contains(_ mark: String, in xml: [UInt8]) -> Bool {
        let mark = Array(mark.utf8)
        return xml.withUnsafeBytes { xml in
            guard xml.count >= mark.count else { return false }
            return (0...xml.count - mark.count).contains { start in
                xml[start] == mark[0] && (1..<mark.count).allSatisfy { xml[start + $0] == mark[$0] }
            }
        }
    }
}
