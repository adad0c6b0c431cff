// SPDX-License-Identifier: Apache-2.0

import HTTPFraming

/// A request target with everything percent-encoded that RFC 3986 does not allow in one. Clients send `^` and the like as
/// they are; members would be right to refuse them.
enum TargetEscaping {
    /// A bit for each character from `!` to `~` that may stand as it is: letters, digits and -._~:/?#[]@!$&'()*+,;=%
    private static let low: UInt64 = "!#$%&'()*+,-./0123456789:;=?".utf8.reduce(0) { $0 | 1 << UInt64($1) }
    private static let high: UInt64 = "@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]_abcdefghijklmnopqrstuvwxyz~".utf8.reduce(0) {
        $0 | 1 << UInt64($1 & 63)
    }

    /// Whether nothing is to be done.
    static func isClean(_ target: UnsafeRawBufferPointer) -> Bool {
        let (low, high) = (low, high)
        for byte in target where !isAllowed(byte, low, high) { return false }
        return true
    }

    private static func isAllowed(_ byte: UInt8, _ low: UInt64, _ high: UInt64) -> Bool {
        byte < 64 ? low >> UInt64(byte) & 1 == 1 : byte < 128 && high >> UInt64(byte & 63) & 1 == 1
    }

    static func escaped(_ target: UnsafeRawBufferPointer) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        let bytes = target.flatMap { byte in
            isAllowed(byte, low, high) ? [byte] : [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
