// SPDX-License-Identifier: Apache-2.0

/// `METHOD SP target SP HTTP/1.x CRLF`, with single spaces.
struct RequestLine {
    let method: RequestHead.Method
    let methodRange: Range<Int>
    let target: Range<Int>
    let minorVersion: UInt8
    let next: Int

    private static let longestMethod = 32

    /// - Returns: nil where the line is not complete.
    init?(_ bytes: UnsafeRawBufferPointer, _ start: Int, _ end: Int) throws(FramingError) {
        var space = start
        while space < end, bytes[space].isTokenCharacter { space += 1 }
        guard space - start <= Self.longestMethod else { throw .requestLine }
        guard space < end else { return nil }
        guard bytes[space] == 0x20, space > start else { throw .requestLine }
        methodRange = start..<space
        method = Self.method(bytes[slice: start..<space])

        var targetEnd = space + 1
        while targetEnd < end, bytes[targetEnd] > 0x20, bytes[targetEnd] != 0x7F { targetEnd += 1 }
        guard targetEnd < end else { return nil }
        guard bytes[targetEnd] == 0x20, targetEnd > space + 1 else { throw .requestLine }
        target = space + 1..<targetEnd

        let version = try HTTPVersionText(bytes, targetEnd + 1, end, error: .requestLine)
        guard let version, version.next + 1 < end else { return nil }
        guard bytes[version.next] == 0x0D, bytes[version.next + 1] == 0x0A else { throw .requestLine }
        guard version.major == 1, version.minor <= 1 else { throw .version }
        minorVersion = version.minor
        next = version.next + 2
    }

    private static func method(_ name: UnsafeRawBufferPointer) -> RequestHead.Method {
        switch name.count {
        case 3: name.isEqual(exactly: "GET") ? .get : name.isEqual(exactly: "PUT") ? .put : .other
        case 4: name.isEqual(exactly: "HEAD") ? .head : name.isEqual(exactly: "POST") ? .post : .other
        case 5: name.isEqual(exactly: "PATCH") ? .patch : .other
        case 6: name.isEqual(exactly: "DELETE") ? .delete : .other
        case 7: name.isEqual(exactly: "OPTIONS") ? .options : name.isEqual(exactly: "CONNECT") ? .connect : .other
        default: .other
        }
    }
}

/// `HTTP/d.d`.
struct HTTPVersionText {
    let major: UInt8
    let minor: UInt8
    let next: Int

    init?(_ bytes: UnsafeRawBufferPointer, _ start: Int, _ end: Int, error: FramingError) throws(FramingError) {
        let available = bytes[slice: start..<min(start + 8, end)]
        let prefix: StaticString = "HTTP/"
        for index in 0..<min(5, available.count) where available[index] != prefix.utf8Start[index] { throw error }
        guard available.count == 8 else { return nil }
        guard available[5].isDigit, available[6] == UInt8(ascii: "."), available[7].isDigit else { throw error }
        major = available[5] &- 0x30
        minor = available[7] &- 0x30
        next = start + 8
    }
}
