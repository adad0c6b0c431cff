// SPDX-License-Identifier: Apache-2.0

/// How the bytes of a text are its characters.
///
/// A byte order mark decides; without one, the first 64 KiB are asked whether they are valid UTF-8, and if not, all of the
/// document is Windows-1252 (which is Latin-1 with characters in place of the control codes from 0x80 to 0x9F). Never more
/// than that is asked, so that every node finds the same at the same small cost. What is invalid later on is shown as
/// U+FFFD, one for each byte.
enum TextEncoding: Sendable {
    case utf8
    case utf16LE
    case utf16BE
    case windows1252

    static let headLength = 64 << 10
    static let replacement: UInt32 = 0xFFFD

    init(head: [UInt8], isWhole: Bool) {
        self = Self(markOf: head)
        guard case .utf8 = self, head.markLength == 0 else { return }
        self = Self.isUTF8(head, isWhole: isWhole) ? .utf8 : .windows1252
    }

    init(markOf head: [UInt8]) {
        self = head.starts(with: [0xFF, 0xFE]) ? .utf16LE : head.starts(with: [0xFE, 0xFF]) ? .utf16BE : .utf8
    }

    /// Bytes of a line end or a form feed.
    var unit: Int {
        switch self {
        case .utf8, .windows1252: 1
        case .utf16LE, .utf16BE: 2
        }
    }

    /// The character at `index` and how many bytes it takes: at least one, and never more than there are.
    @inline(__always)
    func decode(_ bytes: UnsafeRawBufferPointer, _ index: Int) -> (scalar: UInt32, length: Int) {
        switch self {
        case .utf8: Self.decodeUTF8(bytes, index)
        case .windows1252: (Self.windows1252(bytes[index]), 1)
        case .utf16LE: decodeUTF16(bytes, index)
        case .utf16BE: decodeUTF16(bytes, index)
        }
    }

    private static func decodeUTF8(_ bytes: UnsafeRawBufferPointer, _ index: Int) -> (scalar: UInt32, length: Int) {
        let first = UInt32(bytes[index])
        if first < 0x80 { return (first, 1) }
        func tail(_ offset: Int) -> UInt32? {
            guard index + offset < bytes.count, bytes[index + offset] & 0xC0 == 0x80 else { return nil }
            return UInt32(bytes[index + offset] & 0x3F)
        }
        guard first >= 0xC2, first < 0xF5, let second = tail(1) else { return (replacement, 1) }
        if first < 0xE0 { return ((first & 0x1F) << 6 | second, 2) }
        guard let third = tail(2) else { return (replacement, 1) }
        if first < 0xF0 {
            let scalar = (first & 0xF) << 12 | second << 6 | third
            return scalar < 0x800 || scalar & 0xF800 == 0xD800 ? (replacement, 1) : (scalar, 3)
        }
        guard let fourth = tail(3) else { return (replacement, 1) }
        let scalar = (first & 7) << 18 | second << 12 | third << 6 | fourth
        return (0x10000...0x10FFFF).contains(scalar) ? (scalar, 4) : (replacement, 1)
    }

    private func decodeUTF16(_ bytes: UnsafeRawBufferPointer, _ index: Int) -> (scalar: UInt32, length: Int) {
        func unit(_ at: Int) -> UInt32? {
            guard at + 1 < bytes.count else { return nil }
            let (first, second) = (UInt32(bytes[at]), UInt32(bytes[at + 1]))
            return self == .utf16BE ? first << 8 | second : second << 8 | first
        }
        guard let first = unit(index) else { return (Self.replacement, bytes.count - index) }
        guard first & 0xF800 == 0xD800 else { return (first, 2) }
        guard first < 0xDC00, let second = unit(index + 2), second & 0xFC00 == 0xDC00 else {
            return (Self.replacement, 2)
        }
        return (0x10000 + (first & 0x3FF) << 10 + second & 0x3FF, 4)
    }

    private static func windows1252(_ byte: UInt8) -> UInt32 {
        (0x80..<0xA0).contains(byte) ? upperHalf[Int(byte) - 0x80] : UInt32(byte)
    }

    /// The WHATWG Encoding Standard's index of windows-1252, 0x80 to 0x9F; what it leaves as control codes is U+FFFD here.
    private static let upperHalf: [UInt32] = [
        0x20AC, 0xFFFD, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0xFFFD,
        0x017D, 0xFFFD, 0xFFFD, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A,
        0x0153, 0xFFFD, 0x017E, 0x0178,
    ]

    /// - Parameter isWhole: else the last character may be cut off.
    private static func isUTF8(_ head: [UInt8], isWhole: Bool) -> Bool {
        head.withUnsafeBytes { bytes in
            var index = 0
            while index < bytes.count {
                let (scalar, length) = decodeUTF8(bytes, index)
                // A replacement character that stands in the document takes three bytes.
                if scalar == replacement, length == 1 {
                    return !isWhole && bytes.count - index < 4 && bytes[index] >= 0xC2
                }
                index += length
            }
            return true
        }
    }

    static func units(of head: [UInt8], _ encoding: TextEncoding) -> [UInt16] {
        stride(from: 2, to: head.count - 1, by: 2).map { index in
            let (first, second) = (UInt16(head[index]), UInt16(head[index + 1]))
            return encoding == .utf16BE ? first << 8 | second : second << 8 | first
        }
    }
}

extension [UInt8] {
    /// Bytes of a byte order mark at the beginning.
    var markLength: Int {
        if starts(with: [0xEF, 0xBB, 0xBF]) { return 3 }
        return starts(with: [0xFF, 0xFE]) || starts(with: [0xFE, 0xFF]) ? 2 : 0
    }
}
