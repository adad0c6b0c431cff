// SPDX-License-Identifier: Apache-2.0

/// What the scanner asks of bytes. Whoever calls has compared offsets with the count.
extension UnsafeRawBufferPointer {
    /// Compares with letters and hyphens in lower case. Of the characters of a token only letters are changed by the bit.
    package func isEqual(lowercase text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount else { return false }
        let other = text.utf8Start
        for index in 0..<count where self[index] | 0x20 != other[index] { return false }
        return true
    }

    package func isEqual(exactly text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount else { return false }
        let other = text.utf8Start
        for index in 0..<count where self[index] != other[index] { return false }
        return true
    }

    /// Whether the two are equal but for the case of ASCII letters.
    package func isEqual(ignoringCase other: UnsafeRawBufferPointer) -> Bool {
        guard count == other.count else { return false }
        for index in 0..<count where Self.lowercase(self[index]) != Self.lowercase(other[index]) { return false }
        return true
    }

    package subscript(slice range: Range<Int>) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: self[range])
    }

    private static func lowercase(_ byte: UInt8) -> UInt8 {
        byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
    }

    /// The first byte from `start` on that is a control character, or `end`. Eight at a time.
    func firstControl(from start: Int, to end: Int) -> Int {
        var at = start
        while at + 8 <= end {
            let word = loadUnaligned(fromByteOffset: at, as: UInt64.self)
            // Below 0x20 (a borrow may mark a neighbour as well, never too few), or 0x7F.
            let low = (word &- 0x2020_2020_2020_2020) & ~word
            let other = word ^ 0x7F7F_7F7F_7F7F_7F7F
            let delete = (other &- 0x0101_0101_0101_0101) & ~other
            if (low | delete) & 0x8080_8080_8080_8080 != 0 { break }
            at += 8
        }
        while at < end, self[at] >= 0x20, self[at] != 0x7F { at += 1 }
        return at
    }

    /// The items of a list in a field's value, without white space around them. Empty ones are passed over.
    package func forEachListItem(_ body: (UnsafeRawBufferPointer) -> Void) {
        var start = 0
        for index in 0...count where index == count || self[index] == UInt8(ascii: ",") {
            let item = self[slice: start..<index].trimmed
            if !item.isEmpty { body(item) }
            start = index + 1
        }
    }

    /// Without spaces and tabs at both ends.
    package var trimmed: UnsafeRawBufferPointer {
        var (low, high) = (0, count)
        while low < high, self[low] == 0x20 || self[low] == 0x09 { low += 1 }
        while high > low, self[high - 1] == 0x20 || self[high - 1] == 0x09 { high -= 1 }
        return self[slice: low..<high]
    }
}

extension UInt8 {
    /// One of the characters of a token (RFC 9110, section 5.6.2).
    package var isTokenCharacter: Bool {
        // A bit for each: digits, letters and !#$%&'*+-.^_`|~
        self < 64
            ? (0x03FF_6CFA_0000_0000 as UInt64) >> UInt64(self) & 1 == 1
            : self < 128 && (0x57FF_FFFF_C7FF_FFFE as UInt64) >> UInt64(self & 63) & 1 == 1
    }

    var isDigit: Bool { self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") }
}
