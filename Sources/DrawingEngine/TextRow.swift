// SPDX-License-Identifier: Apache-2.0

/// One row of a page of text: its characters, each with the column in which it stands.
struct TextRow {
    struct Character {
        var scalar: UInt32
        var column: Int
        /// In columns: 0 where it joins the one before.
        var width: Int
    }

    /// Characters of one kind that stand side by side and are shaped together.
    struct Run {
        enum Kind {
            /// The first font has them all, each exactly a column wide.
            case plain
            /// Two columns each.
            case wide
            case emoji
            /// Of other fonts, whose characters have their own widths.
            case other
        }

        var kind: Kind
        var column: Int
        var columns: Int
        var text: [UInt8]
        /// Characters that take columns.
        var characters: Int
    }

    private(set) var characters: [Character] = []
    /// Whether any of it is written from right to left. Then the row is shaped as a whole, since its columns are not in the
    /// order of its characters.
    private(set) var isBidirectional = false

    /// Whether it ends only because it is full.
    var isWrapped = false

    init() {}

    init(_ text: String) {
        let bytes = Array(text.utf8)
        self = bytes.withUnsafeBytes { TextPageRule(encoding: .utf8).layOut($0).first ?? TextRow() }
    }

    mutating func append(_ scalar: UInt32, column: Int, width: Int) {
        // Pango would begin a line at either.
        let scalar = scalar == 0x2028 || scalar == 0x2029 ? TextEncoding.replacement : scalar
        characters.append(Character(scalar: scalar, column: column, width: width))
        if scalar >= 0x590, Self.isRightToLeft(scalar) { isBidirectional = true }
    }

    private static func isRightToLeft(_ scalar: UInt32) -> Bool {
        switch scalar {
        // Hebrew to Arabic Extended, marks and embeddings, presentation forms, the right-to-left part of plane 1.
        case 0x590..<0x900, 0x200F, 0x202B, 0x202E, 0x2067, 0xFB1D..<0xFE00, 0xFE70..<0xFEFF, 0x10800..<0x11000,
            0x1E800..<0x1F000:
            true
        default: false
        }
    }

    var columns: Int { characters.last.map { $0.column + $0.width } ?? 0 }

    /// The whole row, tabs as the spaces that they stand for.
    var text: [UInt8] {
        var text: [UInt8] = []
        for character in characters {
            if character.scalar == 9 {
                text += repeatElement(0x20, count: character.width)
            } else {
                Self.append(character.scalar, to: &text)
            }
        }
        return text
    }

    /// What is drawn, in the order of the columns. Only for rows that are not bidirectional.
    func runs() -> [Run] {
        var runs: [Run] = []
        for character in characters {
            if character.scalar == 9 { continue }
            let kind = Self.kind(character)
            if character.width == 0, !runs.isEmpty {
                Self.append(character.scalar, to: &runs[runs.count - 1].text)
                continue
            }
            if let last = runs.last, last.kind == kind, last.column + last.columns == character.column {
                runs[runs.count - 1].columns += character.width
            } else {
                runs.append(
                    Run(kind: kind, column: character.column, columns: character.width, text: [], characters: 0))
            }
            runs[runs.count - 1].characters += 1
            Self.append(character.scalar, to: &runs[runs.count - 1].text)
        }
        return runs
    }

    private static func kind(_ character: Character) -> Run.Kind {
        let scalar = character.scalar
        if character.width == 2 { return scalar >= 0x1F000 && scalar < 0x20000 ? .emoji : .wide }
        switch scalar {
        // Latin, Greek, Cyrillic, dashes and quotation marks, box drawing.
        case ..<0x250, 0x370..<0x530, 0x2010..<0x2028, 0x2500..<0x25A0: return .plain
        default: return .other
        }
    }

    /// Groups of characters between blanks, each with its first column and its number of columns.
    func words() -> [(text: [UInt8], column: Int, columns: Int)] {
        var words: [(text: [UInt8], column: Int, columns: Int)] = []
        var isInside = false
        for character in characters {
            let isBlank = Self.isBlank(character)
            defer { isInside = !isBlank }
            if isBlank { continue }
            if !isInside { words.append(([], character.column, 0)) }
            Self.append(character.scalar, to: &words[words.count - 1].text)
            words[words.count - 1].columns = character.column + character.width - words[words.count - 1].column
        }
        return words
    }

    var startsInWord: Bool { characters.first.map { !Self.isBlank($0) } ?? false }
    var endsInWord: Bool { characters.last.map { !Self.isBlank($0) } ?? false }

    private static func isBlank(_ character: Character) -> Bool {
        [0x20, 9, 0xA0, 0x3000].contains(character.scalar)
    }

    private static func append(_ scalar: UInt32, to text: inout [UInt8]) {
        if scalar < 0x80 {
            text.append(UInt8(scalar))
        } else if let scalar = Unicode.Scalar(scalar) {
            text += UTF8.encode(scalar)!
        }
    }
}
