// SPDX-License-Identifier: Apache-2.0

/// Logarithms of hashes in whole numbers: floating point may round otherwise on another machine, in another library or
/// another version of it, and then two routers would disagree on an owner.
package enum FixedLogarithm {
    /// Bits behind the point.
    package static let fractionBits: UInt64 = 26
    private static let indexBits: UInt64 = 8

    /// −log2(hash / 2^64) × 2^26, at least 0 and below 2^32; never rises where the hash does not fall. It is off by less than
    /// 2^-18, and by less than a thousandth of itself where it is small: 256 straight lines stand in for the curve.
    @inline(__always)
    package static func negative(_ hash: UInt64, _ table: UnsafeBufferPointer<UInt32>) -> UInt64 {
        let zeros = UInt64(truncatingIfNeeded: (hash | 1).leadingZeroBitCount)
        // The bits behind the leading one.
        let mantissa = ((hash | 1) << zeros) << 1
        let index = Int(truncatingIfNeeded: mantissa >> (64 - indexBits))
        let rest = (mantissa << indexBits) >> 32
        let (low, high) = (UInt64(table[index]), UInt64(table[index + 1]))
        let logarithm = low + ((high - low) * rest) >> 32
        return ((zeros + 1) << fractionBits) - logarithm - 1
    }

    /// No more than `negative` of the same hash, and quickly had: −log2(u) is at least (1 − u) / ln 2, which is more than
    /// 1.25 × (1 − u), and straight lines below a logarithm err on the safe side.
    @inline(__always)
    package static func leastNegative(_ hash: UInt64) -> UInt64 {
        let missing = ~hash >> (64 - fractionBits)
        return missing < 4 ? 0 : missing + (missing >> 2) - 1
    }

    /// log2(1 + i / 256) × 2^26 for i from 0 to 256.
    package static let table: [UInt32] = (0...(1 << UInt32(indexBits))).map { step in
        logarithm(ofOnePlus: UInt64(step) << (63 - indexBits))
    }

    /// Bit by bit (Knuth, The Art of Computer Programming, volume 1, section 1.2.2, exercise 25, in its squaring form): a
    /// number from 1 to 2 is squared; where that reaches 2 the next bit of its logarithm is one, and it is halved.
    /// - Parameter fraction: in units of 2^-63, up to 1.
    private static func logarithm(ofOnePlus fraction: UInt64) -> UInt32 {
        guard fraction < 1 << 63 else { return 1 << UInt32(fractionBits) }
        var number = 1 << 63 | fraction
        var result: UInt32 = 0
        for _ in 0..<fractionBits {
            let square = number.multipliedFullWidth(by: number)
            let isTwoOrMore = square.high >> 63 == 1
            number = isTwoOrMore ? square.high : square.high << 1 | square.low >> 63
            result = result << 1 | (isTwoOrMore ? 1 : 0)
        }
        return result
    }
}
