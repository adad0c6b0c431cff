// SPDX-License-Identifier: Apache-2.0

import CPango

/// How many columns a character takes.
enum TextCellWidth {
    /// 2 for what Unicode's East Asian Width has as wide or full width (ideographs, syllables of Korean, emoji), 0 for what
    /// joins the character before it, else 1. Planes 0 and 1; 128 KiB, so that cutting a page needs no search.
    static let table: [UInt8] = (0..<0x20000).map { scalar in
        let scalar = UInt32(scalar)
        if g_unichar_iszerowidth(scalar) != 0 { return 0 }
        return g_unichar_iswide(scalar) != 0 ? 2 : 1
    }

    @inline(__always)
    static func columns(_ scalar: UInt32, _ table: UnsafePointer<UInt8>) -> Int {
        if scalar < 0x20000 { return Int(table[Int(scalar)]) }
        // Ideographs fill planes 2 and 3; plane 14 has tags and variation selectors.
        return scalar < 0x40000 ? 2 : scalar >> 16 == 14 ? 0 : 1
    }
}
