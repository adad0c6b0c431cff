// SPDX-License-Identifier: Apache-2.0

/// Reads the XML that S3 answers with: elements, text and the predefined entities. Anything that has no place in there, as
/// a document type with its entities, is an error. Pure; linear in the text.
struct XMLEvents {
    enum Event: Equatable {
        case start(String)
        case text(String)
        case end(String)
    }

    struct Malformed: Error, Equatable {}

    private static let deepest = 32

    private var rest: ArraySlice<UInt8>
    private var open: [String] = []
    /// Of an element without content, `<a/>`.
    private var pendingEnd: String?

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    /// The next event; nil at the end of a whole document.
    mutating func next() throws(Malformed) -> Event? {
        if let name = pendingEnd {
            pendingEnd = nil
            return .end(name)
        }
        while let byte = rest.first {
            if byte != UInt8(ascii: "<") { return try .text(text()) }
            if starts("<?") {
                try skip(through: "?>")
            } else if starts("<!--") {
                try skip(through: "-->")
            } else if starts("<![CDATA[") {
                rest = rest.dropFirst(9)
                return .text(String(decoding: try take(until: "]]>"), as: UTF8.self))
            } else {
                return try tag()
            }
        }
        guard open.isEmpty else { throw Malformed() }
        return nil
    }

    private mutating func tag() throws(Malformed) -> Event {
        rest = rest.dropFirst()
        var content = try take(until: ">")[...]
        if content.first == UInt8(ascii: "/") {
            let name = Self.name(content.dropFirst())
            guard open.popLast() == name else { throw Malformed() }
            return .end(name)
        }
        // A document type, and names that are none.
        guard content.first.map({ $0 != UInt8(ascii: "!") && $0 > 0x20 }) ?? false else { throw Malformed() }
        let isEmpty = content.last == UInt8(ascii: "/")
        if isEmpty { content = content.dropLast() }
        let name = Self.name(content)
        guard open.count < Self.deepest else { throw Malformed() }
        if isEmpty { pendingEnd = name } else { open.append(name) }
        return .start(name)
    }

    /// Without attributes; S3 uses them for nothing that matters.
    private static func name(_ content: ArraySlice<UInt8>) -> String {
        String(decoding: content.prefix { $0 > 0x20 }, as: UTF8.self)
    }

    private mutating func text() throws(Malformed) -> String {
        var result: [UInt8] = []
        while let byte = rest.first, byte != UInt8(ascii: "<") {
            rest = rest.dropFirst()
            if byte == UInt8(ascii: "&") { try result.append(contentsOf: entity().utf8) } else { result.append(byte) }
        }
        return String(decoding: result, as: UTF8.self)
    }

    private mutating func entity() throws(Malformed) -> String {
        guard let end = rest.prefix(12).firstIndex(of: UInt8(ascii: ";")) else { throw Malformed() }
        let name = String(decoding: rest[..<end], as: UTF8.self)
        rest = rest[(end + 1)...]
        switch name {
        case "lt": return "<"
        case "gt": return ">"
        case "amp": return "&"
        case "quot": return "\""
        case "apos": return "'"
        default:
            guard name.hasPrefix("#") else { throw Malformed() }
            let number = name.dropFirst()
            let value = number.hasPrefix("x") ? UInt32(number.dropFirst(), radix: 16) : UInt32(number)
            guard let scalar = value.flatMap(Unicode.Scalar.init) else { throw Malformed() }
            return String(Character(scalar))
        }
    }

    private func starts(_ text: String) -> Bool { rest.starts(with: text.utf8) }

    private mutating func skip(through text: String) throws(Malformed) { _ = try take(until: text) }

    /// What is before the text, and takes that off too.
    private mutating func take(until text: String) throws(Malformed) -> ArraySlice<UInt8> {
        let end = Array(text.utf8)
        var index = rest.startIndex
        while index + end.count <= rest.endIndex {
            if rest[index] == end[0], rest[index..<index + end.count].elementsEqual(end) {
                defer { rest = rest[(index + end.count)...] }
                return rest[rest.startIndex..<index]
            }
            index += 1
        }
        throw Malformed()
    }
}
