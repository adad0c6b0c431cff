// SPDX-License-Identifier: Apache-2.0

/// A small generator with a seed (splitmix64): equal seeds give equal documents on every machine.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }

    mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<max(1, bound), using: &self) }
}

/// Turns documents into ones that nobody would write.
struct Mutator {
    /// The largest document that mutation makes.
    static let mostBytes = 4 << 20

    private var random: SeededGenerator

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    /// - Parameter other: what parts are taken from for splices.
    mutating func mutate(_ original: [UInt8], with other: [UInt8]) -> [UInt8] {
        var bytes = original
        // Mostly few changes, so that the parser gets far; now and then many.
        let changes = 1 << random.below(random.below(4) == 0 ? 8 : 4)
        for _ in 0..<changes { change(&bytes, other) }
        return bytes.count > Self.mostBytes ? Array(bytes.prefix(Self.mostBytes)) : bytes
    }

    private mutating func change(_ bytes: inout [UInt8], _ other: [UInt8]) {
        guard !bytes.isEmpty else {
            bytes = [UInt8(random.below(256))]
            return
        }
        switch random.below(20) {
        case 0...3: bytes[random.below(bytes.count)] ^= 1 << UInt8(random.below(8))
        case 4...5: bytes[random.below(bytes.count)] = UInt8(random.below(256))
        case 6...8: overwriteNumber(&bytes)
        case 9...12: putToken(&bytes)
        case 13: bytes.removeSubrange(block(bytes.count))
        case 14: bytes.insert(contentsOf: Array(bytes[block(bytes.count)]), at: random.below(bytes.count))
        case 15: overwrite(&bytes, with: Array(bytes[block(bytes.count)]))
        case 16: overwrite(&bytes, with: Array(other[block(other.count)]))
        case 17: bytes.insert(contentsOf: other[block(other.count)], at: random.below(bytes.count))
        case 18: putInteger(&bytes)
        default: if random.below(8) == 0 { bytes.removeLast(random.below(bytes.count)) }
        }
    }

    /// A piece of up to 4 KiB, mostly much less.
    private mutating func block(_ count: Int) -> Range<Int> {
        guard count > 0 else { return 0..<0 }
        let start = random.below(count)
        return start..<min(count, start + 1 + random.below(1 << random.below(13)))
    }

    private mutating func overwrite(_ bytes: inout [UInt8], with piece: [UInt8]) {
        let start = random.below(bytes.count)
        let count = min(piece.count, bytes.count - start)
        bytes.replaceSubrange(start..<start + count, with: piece.prefix(count))
    }

    /// Another value for a number that is written in digits: sizes, offsets, object numbers.
    private mutating func overwriteNumber(_ bytes: inout [UInt8]) {
        let isDigit: (UInt8) -> Bool = { (0x30...0x39).contains($0) }
        let start = random.below(bytes.count)
        guard let first = bytes[start...].prefix(4096).firstIndex(where: isDigit) else { return }
        let last = bytes[first...].firstIndex { !isDigit($0) } ?? bytes.count
        bytes.replaceSubrange(first..<last, with: Array(Tokens.numbers[random.below(Tokens.numbers.count)].utf8))
    }

    private mutating func putToken(_ bytes: inout [UInt8]) {
        let tokens = Tokens.fitting(bytes)
        let token = Array(tokens[random.below(tokens.count)].utf8)
        if random.below(2) == 0 {
            overwrite(&bytes, with: token)
        } else {
            bytes.insert(contentsOf: token, at: random.below(bytes.count))
        }
    }

    /// A number at the edge of its type, in either byte order.
    private mutating func putInteger(_ bytes: inout [UInt8]) {
        let values: [UInt64] = [
            0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, .max,
        ]
        let value = values[random.below(values.count)]
        let width = 1 << random.below(4)
        let little = (0..<width).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
        overwrite(&bytes, with: random.below(2) == 0 ? little : little.reversed())
    }
}

/// Words that parsers take notice of.
enum Tokens {
    static let numbers = [
        "0", "1", "-1", "2", "7", "65535", "65536", "99999", "2147483647", "2147483648", "-2147483648", "4294967295",
        "4294967296", "9223372036854775807", "18446744073709551616", "0.0000001", "1e38", "-0", "3.4028236e38",
    ]

    static func fitting(_ bytes: [UInt8]) -> [String] {
        switch bytes.prefix(4) {
        case [0x49, 0x49, 0x2A, 0], [0x4D, 0x4D, 0, 0x2A]: tiff
        case let head where head.first == UInt8(ascii: "<"): svg
        default: pdf
        }
    }

    private static let pdf = [
        " obj\n", "\nendobj\n", "\nstream\n", "\nendstream\n", " 0 R", "1 0 R", "2 0 R", "3 0 R", "<<", ">>", "[", "]",
        "(", ")", "trailer\n", "startxref\n", "xref\n0 1\n", "%%EOF", "/Type", "/Page", "/Pages", "/Kids", "/Count",
        "/Parent", "/Length", "/Filter", "/FlateDecode", "/LZWDecode", "/ASCII85Decode", "/ASCIIHexDecode",
        "/RunLengthDecode", "/CCITTFaxDecode", "/DCTDecode", "/JBIG2Decode", "/JPXDecode", "/Crypt", "/DecodeParms",
        "/Predictor 15", "/Predictor 2", "/Columns", "/Colors", "/BitsPerComponent", "/K -1", "/Rows", "/JBIG2Globals",
        "/ObjStm", "/XRef", "/W [1 2 1]", "/Index", "/Prev", "/XRefStm", "/Extends", "/First", "/N", "/Encrypt",
        "/Root",
        "/MediaBox [0 0 1 1]", "/CropBox", "/Rotate 90", "/UserUnit", "/Resources", "/XObject", "/Form", "/Image",
        "/Width", "/Height", "/ImageMask true", "/SMask", "/Mask", "/Matte", "/Decode [1 0]", "/ColorSpace", "/Indexed",
        "/ICCBased", "/Separation", "/DeviceN", "/Lab", "/CalRGB", "/DeviceCMYK", "/Pattern", "/PatternType 1",
        "/PatternType 2", "/ShadingType 1", "/ShadingType 4", "/ShadingType 6", "/ShadingType 7", "/Function",
        "/FunctionType 0", "/FunctionType 2", "/FunctionType 3", "/FunctionType 4", "/Domain", "/Range", "/Bounds",
        "/Encode", "/Size", "/BBox", "/XStep 0", "/YStep 0", "/Matrix [0 0 0 0 0 0]", "/Group", "/Transparency",
        "/ExtGState", "/BM /Luminosity", "/Font", "/Type0", "/Type1", "/Type3", "/TrueType", "/CIDFontType2",
        "/FontFile", "/FontFile2", "/FontFile3", "/ToUnicode", "/Encoding", "/Differences", "/CharProcs", "/Widths",
        "/DW", "/W", "/CIDToGIDMap", "/Annots", "/AP", "/AcroForm", "/Fields", "/OCProperties", "/Outlines", "/Next",
        "/Dest", "/Names", "/PageLabels", "/Nums", "\nq\n", "\nQ\n", "\nBT\n", "\nET\n", " Tj\n", " TJ\n", " Tf\n",
        " Do\n",
        " sh\n", " cm\n", " re\n", " f\n", " S\n", " W n\n", " d\n", " gs\n", " scn\n", " BI ", " ID ", " EI\n", " v\n",
    ]

    private static let tiff = [
        "\u{00}\u{01}\u{03}", "\u{01}\u{01}\u{04}", "\u{02}\u{01}\u{03}", "\u{03}\u{01}\u{03}", "\u{06}\u{01}\u{03}",
        "\u{11}\u{01}\u{04}", "\u{15}\u{01}\u{03}", "\u{16}\u{01}\u{04}", "\u{17}\u{01}\u{04}", "\u{1C}\u{01}\u{03}",
        "\u{3D}\u{01}\u{03}", "\u{40}\u{01}\u{03}", "\u{42}\u{01}\u{04}", "\u{43}\u{01}\u{04}", "\u{44}\u{01}\u{04}",
        "\u{45}\u{01}\u{04}", "\u{4A}\u{01}\u{04}", "\u{53}\u{01}\u{03}", "\u{5B}\u{01}\u{07}", "\u{12}\u{02}\u{03}",
    ]

    private static let svg = [
        "<g>", "</g>", "<svg>", "</svg>", "<use href=\"#a\"/>", " id=\"a\"", "<path d=\"", "M0 0", "L1e38 1e38",
        "A1 1 0 1 1 ",
        "<filter>", "<feTurbulence numOctaves=\"99\"/>", "<feMorphology radius=\"9999\"/>",
        "<feGaussianBlur stdDeviation=\"1e9\"/>",
        "<mask id=\"a\">", "<pattern id=\"a\" width=\"0.001\" height=\"0.001\">", "<clipPath id=\"a\">",
        "<image href=\"data:",
        "<!DOCTYPE svg [", "<!ENTITY a \"&b;&b;\">", "&a;", "]>", "<text>", "<style>", "* { mask: url(#a) }",
        " transform=\"scale(1e9)\"", " viewBox=\"0 0 0 0\"", " stroke-dasharray=\"1e-9\"", "<marker id=\"a\">",
        "<![CDATA[",
    ]
}
