// SPDX-License-Identifier: Apache-2.0

/// Bytes with their percent signs decoded, as they are asked for. A percent sign without two digits behind it stays one:
/// clients name sessions as they like, and none of them is to be refused for it.
struct PercentDecoded<Base: Collection<UInt8>>: Sequence, IteratorProtocol {
    private var rest: Base.SubSequence

    init(base: Base) { rest = base[...] }

    mutating func next() -> UInt8? {
        guard let byte = rest.popFirst() else { return nil }
        guard byte == UInt8(ascii: "%") else { return byte }
        var ahead = rest
        guard let high = ahead.popFirst()?.hexadecimalValue, let low = ahead.popFirst()?.hexadecimalValue else {
            return byte
        }
        rest = ahead
        return high << 4 | low
    }
}

extension UInt8 {
    /// Of a digit in ASCII; nil where it is none.
    fileprivate var hexadecimalValue: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
