// SPDX-License-Identifier: Apache-2.0

/// Maps characters to what they are compared by in a search: case, accents, ligatures, widths and the many forms of
/// quotes and dashes make no difference.
///
/// There are no tables of our own: everything follows from the properties that the standard library knows of each
/// scalar. A letter's base is found by its name (LATIN SMALL LETTER E WITH ACUTE), which, unlike the canonical
/// decomposition, also leads from ø to o and from ł to l. Marks that spell (vowel signs of Indic scripts, the voicing of
/// kana) are kept. Used by one thread; each character is worked out once.
final class TextFolding {
    /// Folded values of the Basic Multilingual Plane where they are one scalar; 0: not known yet, or more than one.
    private var single: [UInt32]
    private var known: [UInt32: [UInt32]] = [:]
    private lazy var letters = Self.lettersByName()

    /// Hostile documents use every scalar there is.
    private static let mostKnown = 50_000

    init() { single = [UInt32](repeating: 0, count: 0x10000) }

    /// Appends what the scalar is compared by; nothing where it does not count.
    func append(_ scalar: UInt32, to units: inout [UInt32]) {
        if scalar < 0x80 {
            // White space is the caller's; other controls do not count.
            if scalar >= 0x20, scalar != 0x7F { units.append(Self.lowercased(scalar)) }
        } else if scalar < 0x10000, single[Int(scalar)] != 0 {
            units.append(single[Int(scalar)])
        } else {
            units += folded(scalar)
        }
    }

    private static func lowercased(_ ascii: UInt32) -> UInt32 { ascii &- 0x41 < 26 ? ascii | 0x20 : ascii }

    private func folded(_ value: UInt32) -> [UInt32] {
        if let known = known[value] { return known }
        guard let scalar = Unicode.Scalar(value) else { return [] }
        let result = fold(scalar)
        if result.count == 1, value < 0x10000 {
            single[Int(value)] = result[0]
        } else if known.count < Self.mostKnown {
            known[value] = result
        }
        return result
    }

    private func fold(_ scalar: Unicode.Scalar) -> [UInt32] {
        let properties = scalar.properties
        switch properties.generalCategory {
        case .otherLetter where properties.isIdeographic: return [scalar.value]
        case .nonspacingMark, .enclosingMark: return Self.isAccent(properties) ? [] : [scalar.value]
        case .format, .control, .unassigned, .surrogate: return []
        case .dashPunctuation: return [0x2D]
        case .initialPunctuation, .finalPunctuation, .openPunctuation: return [Self.quote(scalar.value)]
        default: break
        }
        if scalar.value == 0x2212 { return [0x2D] }
        if let numeric = properties.numericType, numeric != .numeric, let digit = properties.numericValue,
            (0...9).contains(digit)
        {
            return [0x30 + UInt32(digit)]
        }
        // Upper case first: that is where ß is SS and the ligature ﬁ is FI.
        return properties.uppercaseMapping.unicodeScalars.flatMap { upper in
            upper.properties.lowercaseMapping.unicodeScalars.compactMap { base($0) }
        }
    }

    /// Accents stand above and below letters, or are the points of Hebrew and Arabic (combining classes of UAX #44).
    private static func isAccent(_ properties: Unicode.Scalar.Properties) -> Bool {
        let place = properties.canonicalCombiningClass.rawValue
        return place >= 200 || (10...36).contains(place) || properties.generalCategory == .enclosingMark
            || properties.isDefaultIgnorableCodePoint
    }

    private static func quote(_ value: UInt32) -> UInt32 {
        switch value {
        case 0x2018...0x201B: 0x27
        case 0x201C...0x201F: 0x22
        default: value
        }
    }

    /// The letter without what its name says it bears; nil where it is a mark itself.
    private func base(_ scalar: Unicode.Scalar) -> UInt32? {
        if scalar.value < 0x80 { return scalar.value }
        let properties = scalar.properties
        if properties.generalCategory == .nonspacingMark { return Self.isAccent(properties) ? nil : scalar.value }
        if let plain = Self.unnamed[scalar.value] { return plain }
        guard let name = properties.name else { return scalar.value }
        let words = name.split(separator: " ")
        if words.first == "FULLWIDTH" { return letters[words.dropFirst().joined(separator: " ")] ?? scalar.value }
        if words.first == "MATHEMATICAL", let last = words.last, last.utf8.count == 1 {
            return letters["LATIN SMALL LETTER \(last)"] ?? scalar.value
        }
        guard let with = words.firstIndex(of: "WITH"), words.contains("LETTER") else { return scalar.value }
        return letters[words[..<with].joined(separator: " ")] ?? scalar.value
    }

    /// Precomposed letters of Cyrillic that have names of their own.
    private static let unnamed: [UInt32: UInt32] = [
        0x439: 0x438, 0x450: 0x435, 0x451: 0x435, 0x453: 0x433, 0x457: 0x456, 0x45C: 0x43A, 0x45D: 0x438,
        0x45E: 0x443,
    ]

    /// ASCII, and the letters of Latin, Greek, Cyrillic, Hebrew and Arabic that others are made of.
    private static func lettersByName() -> [String: UInt32] {
        var letters: [String: UInt32] = [:]
        for range in [
            0x21...0x7E, 0xDF...0xFE, 0x250...0x2AF, 0x3B1...0x3C9, 0x430...0x45F, 0x5D0...0x5EA, 0x621...0x6D3,
        ]
            as [ClosedRange<UInt32>]
        {
            for value in range {
                guard let name = Unicode.Scalar(value)?.properties.name, !name.contains(" WITH ") else { continue }
                letters[name] = lowercased(value)
            }
        }
        return letters
    }
}
