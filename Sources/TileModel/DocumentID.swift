// SPDX-License-Identifier: Apache-2.0

/// The archive-relative name of a document, e.g. `reports/2024/annual.pdf`.
///
/// A name is bytes, not text: two names that Unicode calls equivalent (NFC and NFD) are two documents, and a name need
/// not be UTF-8 at all. Equality and hashing are over the bytes. A value of this type has no empty, `.` or `..` part,
/// no NUL and no control character, so that it may be joined to a folder.
package struct DocumentID: Hashable, Sendable, Comparable {
    package let bytes: [UInt8]

    /// The longest name accepted, in bytes: what Linux takes for a path.
    package static let longest = 4096

    package enum Invalid: Error, Equatable {
        case empty
        case tooLong
        case controlCharacter
        case forbiddenPart
        case percentEncoding
        case version

        /// What is wrong, for people.
        package var explanation: String {
            switch self {
            case .empty: "The name is empty."
            case .tooLong: "The name is longer than \(DocumentID.longest) bytes."
            case .controlCharacter: "The name contains a control character."
            case .forbiddenPart: "A part of the name is empty, “.” or “..”."
            case .percentEncoding: "A percent sign is not followed by two hexadecimal digits."
            case .version: "The version behind the “@” is not one of ours."
            }
        }
    }

    /// - Parameter bytes: the name as the archive has it.
    /// - Throws: `Invalid` where the name could not be joined safely to a folder.
    package init(bytes: some Collection<UInt8>) throws(Invalid) { try self.init(checking: Array(bytes)) }

    /// In one pass, over a type that the compiler knows: every request comes by.
    init(checking bytes: [UInt8]) throws(Invalid) {
        guard !bytes.isEmpty else { throw .empty }
        guard bytes.count <= Self.longest else { throw .tooLong }
        var hasForbiddenPart = false
        var (length, dots) = (0, 0)
        for byte in bytes {
            if byte < 0x20 || byte == 0x7F { throw .controlCharacter }
            if byte == UInt8(ascii: "/") {
                hasForbiddenPart = hasForbiddenPart || Self.isForbidden(length: length, dots: dots)
                (length, dots) = (0, 0)
            } else {
                length += 1
                if byte == UInt8(ascii: ".") { dots += 1 }
            }
        }
        if hasForbiddenPart || Self.isForbidden(length: length, dots: dots) { throw .forbiddenPart }
        self.bytes = bytes
    }

    /// Of a part of so many bytes and, among them, dots: whether it is empty, `.` or `..`.
    private static func isForbidden(length: Int, dots: Int) -> Bool { length <= 2 && length == dots }

    /// Decodes one percent-encoded path segment. This is the only place where a name is decoded, and it happens once:
    /// `%252e` is a name with a percent sign in it.
    package init(pathSegment: some Collection<UInt8>) throws(Invalid) {
        try self.init(checking: PercentEncoding.decode(pathSegment))
    }

    package init(_ name: String) throws(Invalid) { try self.init(checking: Array(name.utf8)) }

    /// The name as one path segment: everything but RFC 3986's unreserved characters is percent-encoded. This is the
    /// canonical spelling; it round-trips through `init(pathSegment:)`.
    package var pathSegment: String { PercentEncoding.encode(bytes) }

    /// The name for people. Bytes that are not UTF-8 show as U+FFFD; never use it to find a document.
    package var displayName: String { String(decoding: bytes, as: UTF8.self) }

    /// In one go: element by element it is many times slower.
    package func hash(into hasher: inout Hasher) { bytes.withUnsafeBytes { hasher.combine(bytes: $0) } }

    package static func < (left: Self, right: Self) -> Bool { left.bytes.lexicographicallyPrecedes(right.bytes) }
}

/// RFC 3986 percent-encoding over bytes.
package enum PercentEncoding {
    /// - Throws: `percentEncoding` where a percent sign is not followed by two hexadecimal digits.
    package static func decode(_ segment: some Collection<UInt8>) throws(DocumentID.Invalid) -> [UInt8] {
        try decode(bytes(segment)[...])
    }

    /// A copy; in one go where the bytes lie beside one another, as those of strings do.
    static func bytes(_ segment: some Collection<UInt8>) -> [UInt8] {
        segment.withContiguousStorageIfAvailable { Array($0) } ?? Array(segment)
    }

    static func decode(_ segment: ArraySlice<UInt8>) throws(DocumentID.Invalid) -> [UInt8] {
        guard segment.contains(UInt8(ascii: "%")) else { return Array(segment) }
        var result: [UInt8] = []
        result.reserveCapacity(segment.count)
        var iterator = segment.makeIterator()
        while let byte = iterator.next() {
            guard byte == UInt8(ascii: "%") else {
                result.append(byte)
                continue
            }
            guard let high = iterator.next().flatMap(hexValue), let low = iterator.next().flatMap(hexValue) else {
                throw .percentEncoding
            }
            result.append(high << 4 | low)
        }
        return result
    }

    package static func encode(_ bytes: some Sequence<UInt8>) -> String {
        var result: [UInt8] = []
        for byte in bytes {
            if isUnreserved(byte) {
                result.append(byte)
            } else {
                result.append(UInt8(ascii: "%"))
                result.append(hexDigit(byte >> 4))
                result.append(hexDigit(byte & 15))
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x41 + value - 10 }

    private static func hexValue(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - 0x30
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - 0x61 + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - 0x41 + 10
        default: nil
        }
    }
}
