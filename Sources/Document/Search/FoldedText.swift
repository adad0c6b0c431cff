// SPDX-License-Identifier: Apache-2.0

/// A text prepared for searching: what it is compared by, and where each unit of that comes from.
///
/// White space, however much and of whatever kind, counts as one space. Where a line ends with a hyphen after a letter,
/// the hyphen counts or does not, as the search needs it, and so does the space of a line's end between characters of
/// scripts that write no spaces.
package struct FoldedText {
    private(set) var units: [UInt32] = []
    /// The index in the source of each unit.
    private(set) var origins: [Int32] = []

    /// Beyond Unicode: matches a hyphen, or nothing.
    private static let hyphen: UInt32 = 0x11_0000
    /// Beyond Unicode: matches a space, or nothing.
    private static let space: UInt32 = 0x11_0001

    /// - Parameter scalars: with line feeds at line ends. U+0002 and U+FFFE are PDFium's hyphens at line ends.
    init(_ scalars: [UInt32], _ folding: TextFolding) {
        units.reserveCapacity(scalars.count)
        origins.reserveCapacity(scalars.count)
        var index = 0
        while index < scalars.count {
            let scalar = scalars[index]
            let start = index
            index += 1
            if Self.isSpace(scalar) {
                index = appendSpace(scalars, from: start)
            } else if Self.isHyphen(scalar), let next = Self.afterLineEnd(scalars, from: index, scalar) {
                if let last = units.last, last != 0x20 { add(Self.hyphen, start) }
                index = next
            } else {
                folding.append(scalar, to: &units)
                while origins.count < units.count { origins.append(Int32(start)) }
            }
        }
        if units.last == 0x20 || units.last == Self.space {
            units.removeLast()
            origins.removeLast()
        }
    }

    private mutating func add(_ unit: UInt32, _ origin: Int) {
        units.append(unit)
        origins.append(Int32(origin))
    }

    /// Takes in a run of white space; returns where it ends.
    private mutating func appendSpace(_ scalars: [UInt32], from start: Int) -> Int {
        var end = start
        var endsLine = false
        while end < scalars.count, Self.isSpace(scalars[end]) {
            if Self.isLineEnd(scalars[end]) { endsLine = true }
            end += 1
        }
        guard let last = units.last, last != 0x20, last != Self.space, last != Self.hyphen else { return end }
        let isClosed = endsLine && Self.writesNoSpaces(last) && end < scalars.count && Self.writesNoSpaces(scalars[end])
        add(isClosed ? Self.space : 0x20, start)
        return end
    }

    package static func isSpace(_ scalar: UInt32) -> Bool {
        switch scalar {
        case 0x20, 0x09...0x0D, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000: true
        default: false
        }
    }

    package static func isLineEnd(_ scalar: UInt32) -> Bool {
        (0x0A...0x0D).contains(scalar) || scalar == 0x85 || scalar == 0x2028 || scalar == 0x2029
    }

    /// PDFium's own marks for hyphens that it found at line ends.
    package static func isHyphenMark(_ scalar: UInt32) -> Bool { scalar == 0x02 || scalar == 0xFFFE }

    private static func isHyphen(_ scalar: UInt32) -> Bool {
        scalar == 0x2D || scalar == 0xAD || scalar == 0x2010 || isHyphenMark(scalar)
    }

    /// Where the text goes on after a hyphen, if a line ends with it.
    private static func afterLineEnd(_ scalars: [UInt32], from start: Int, _ hyphen: UInt32) -> Int? {
        var end = start
        var endsLine = isHyphenMark(hyphen)
        while end < scalars.count, isSpace(scalars[end]) {
            if isLineEnd(scalars[end]) { endsLine = true }
            end += 1
        }
        return endsLine && end < scalars.count ? end : nil
    }

    /// Han and kana. Hangul is written with spaces.
    private static func writesNoSpaces(_ scalar: UInt32) -> Bool {
        switch scalar {
        case 0x3001...0x30FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF, 0x20000...0x3FFFF: true
        default: false
        }
    }

    /// Where the query stands, as ranges of the source that do not overlap, in order.
    func matches(of query: SearchQuery, atMost limit: Int) -> [Range<Int>] {
        let pattern = query.units
        guard let first = pattern.first else { return [] }
        var ranges: [Range<Int>] = []
        units.withUnsafeBufferPointer { units in
            pattern.withUnsafeBufferPointer { pattern in
                var start = 0
                while start < units.count, ranges.count < limit {
                    if units[start] == first, let end = Self.matchEnd(units, start, pattern) {
                        ranges.append(Int(origins[start])..<Int(origins[end - 1]) + 1)
                        start = end
                    } else {
                        start += 1
                    }
                }
            }
        }
        return ranges
    }

    private static func matchEnd(
        _ units: UnsafeBufferPointer<UInt32>, _ start: Int, _ pattern: UnsafeBufferPointer<UInt32>
    ) -> Int? {
        var at = start
        var matched = 0
        while matched < pattern.count {
            guard at < units.count else { return nil }
            let (unit, wanted) = (units[at], pattern[matched])
            if unit == wanted || unit == hyphen && wanted == 0x2D || unit == space && wanted == 0x20 {
                matched += 1
            } else if unit < hyphen {
                return nil
            }
            at += 1
        }
        return at
    }
}
