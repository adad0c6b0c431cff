// SPDX-License-Identifier: Apache-2.0

/// One line `name: value` of a head or of a trailer section.
enum FieldLine {
    /// - Returns: the field and where the next line begins; nil where the line is not complete.
    static func scan(
        _ bytes: UnsafeRawBufferPointer, _ start: Int, _ end: Int
    ) throws(FramingError) -> (HeadField, next: Int)? {
        var colon = start
        while colon < end, bytes[colon].isTokenCharacter { colon += 1 }
        guard colon < end else { return nil }
        guard bytes[colon] == UInt8(ascii: ":") else { throw wrongName(bytes[colon], isFirst: colon == start) }
        guard colon > start else { throw .fieldName }

        guard let lineEnd = try valueEnd(bytes, colon + 1, end) else { return nil }
        var (low, high) = (colon + 1, lineEnd)
        while low < high, bytes[low] == 0x20 || bytes[low] == 0x09 { low += 1 }
        while high > low, bytes[high - 1] == 0x20 || bytes[high - 1] == 0x09 { high -= 1 }
        let name = FieldName(bytes[slice: start..<colon])
        return (HeadField(name: name, nameRange: start..<colon, value: low..<high), lineEnd + 2)
    }

    private static func wrongName(_ byte: UInt8, isFirst: Bool) -> FramingError {
        switch byte {
        case 0x0A, 0x0D: .lineEnding
        case 0x20, 0x09: isFirst ? .folding : .fieldName
        default: .fieldName
        }
    }

    /// Where the CRLF stands.
    static func valueEnd(_ bytes: UnsafeRawBufferPointer, _ start: Int, _ end: Int) throws(FramingError) -> Int? {
        var at = start
        while true {
            at = bytes.firstControl(from: at, to: end)
            guard at < end else { return nil }
            switch bytes[at] {
            case 0x09: at += 1
            case 0x0D:
                guard at + 1 < end else { return nil }
                guard bytes[at + 1] == 0x0A else { throw .lineEnding }
                return at
            case 0x0A: throw .lineEnding
            default: throw .fieldValue
            }
        }
    }
}
