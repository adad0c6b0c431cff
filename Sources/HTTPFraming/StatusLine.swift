// SPDX-License-Identifier: Apache-2.0

/// `HTTP/1.x SP status [SP reason] CRLF`.
struct StatusLine {
    let status: Int
    let statusRange: Range<Int>
    let minorVersion: UInt8
    let next: Int

    /// - Returns: nil where the line is not complete.
    init?(_ bytes: UnsafeRawBufferPointer, _ end: Int) throws(FramingError) {
        guard let version = try HTTPVersionText(bytes, 0, end, error: .statusLine) else { return nil }
        guard let lineEnd = try FieldLine.valueEnd(bytes, version.next, end) else { return nil }
        guard version.major == 1, version.minor <= 1 else { throw .version }
        let line = bytes[slice: version.next..<lineEnd]
        guard line.count >= 4, line[0] == 0x20, line[1].isDigit, line[2].isDigit, line[3].isDigit,
            line.count == 4 || line[4] == 0x20, line[1] != UInt8(ascii: "0")
        else { throw .statusLine }
        status = Int(line[1] &- 0x30) * 100 + Int(line[2] &- 0x30) * 10 + Int(line[3] &- 0x30)
        statusRange = version.next + 1..<lineEnd
        minorVersion = version.minor
        next = lineEnd + 2
    }
}
