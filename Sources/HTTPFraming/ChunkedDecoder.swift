// SPDX-License-Identifier: Apache-2.0

/// Follows a chunked body (RFC 9112, section 7.1) and says where its data lies.
///
/// Chunk extensions are refused: no client of ours sends them, nobody downstream would use them, and that parsers disagree
/// on where one ends is a way to smuggle requests. So what has been followed is canonical: sizes in at most 15 hexadecimal
/// digits, CRLF everywhere, and may be passed on as it is. Trailer fields are checked and dropped.
package struct ChunkedDecoder: Sendable {
    private enum Phase: Sendable {
        case size(digits: Int)
        case sizeEnd
        case data
        case dataReturn
        case dataEnd
        case trailerStart
        case trailerName
        case trailerValue
        case trailerEnd
        case lastEnd
        case done
    }

    /// What a piece of the body holds.
    package struct Piece {
        /// Bytes of the piece that belong to the body.
        package var consumed = 0
        /// Of these, those before the trailer section: chunks with their sizes, to be passed on as they are.
        package var raw = 0
        /// Bytes of data among them.
        package var data = 0
    }

    private var phase = Phase.size(digits: 0)
    private var remaining = 0
    private var trailerBytes = 0
    private static let mostTrailerBytes = 8192

    package init() {}

    package var isDone: Bool { if case .done = phase { true } else { false } }

    /// Follows the body through `bytes`, as far as it goes.
    /// - Parameter take: is given the ranges that are data.
    package mutating func follow(
        _ bytes: UnsafeRawBufferPointer, take: (Range<Int>) -> Void = { _ in }
    ) throws(FramingError) -> Piece {
        var piece = Piece()
        while piece.consumed < bytes.count, !isDone {
            if case .data = phase {
                let count = min(remaining, bytes.count - piece.consumed)
                take(piece.consumed..<piece.consumed + count)
                piece.consumed += count
                piece.data += count
                remaining -= count
                if remaining == 0 { phase = .dataReturn }
            } else {
                phase = try next(after: bytes[piece.consumed])
                piece.consumed += 1
            }
            if !isInTrailer { piece.raw = piece.consumed }
        }
        return piece
    }

    /// Past the line of the last chunk. `trailerStart` itself is just behind it, so it is told by what was consumed.
    private var isInTrailer: Bool {
        switch phase {
        case .trailerName, .trailerValue, .trailerEnd, .lastEnd, .done: true
        case .trailerStart: trailerBytes > 0
        default: false
        }
    }

    private mutating func next(after byte: UInt8) throws(FramingError) -> Phase {
        switch phase {
        case .size(let digits): return try size(byte, digits)
        case .sizeEnd:
            guard byte == 0x0A else { throw .lineEnding }
            return remaining == 0 ? .trailerStart : .data
        case .dataReturn:
            guard byte == 0x0D else { throw .chunkEnd }
            return .dataEnd
        case .dataEnd:
            guard byte == 0x0A else { throw .chunkEnd }
            return .size(digits: 0)
        case .trailerStart, .trailerName, .trailerValue, .trailerEnd: return try trailer(byte)
        case .lastEnd:
            guard byte == 0x0A else { throw .trailer }
            return .done
        case .data, .done: return phase
        }
    }

    private mutating func size(_ byte: UInt8, _ digits: Int) throws(FramingError) -> Phase {
        guard let value = Self.hexValue(byte) else {
            guard digits > 0 else { throw .chunkSize }
            switch byte {
            case 0x0D: return .sizeEnd
            case 0x0A: throw .lineEnding
            case UInt8(ascii: ";"), 0x20, 0x09: throw .chunkExtension
            default: throw .chunkSize
            }
        }
        guard digits < 15 else { throw .chunkSize }
        remaining = (digits == 0 ? 0 : remaining) << 4 | value
        return .size(digits: digits + 1)
    }

    private mutating func trailer(_ byte: UInt8) throws(FramingError) -> Phase {
        if case .trailerStart = phase, byte == 0x0D { return .lastEnd }
        trailerBytes += 1
        guard trailerBytes <= Self.mostTrailerBytes else { throw .trailer }
        switch phase {
        case .trailerStart:
            guard byte.isTokenCharacter else { throw .trailer }
            return .trailerName
        case .trailerName:
            if byte == UInt8(ascii: ":") { return .trailerValue }
            guard byte.isTokenCharacter else { throw .trailer }
            return .trailerName
        case .trailerValue:
            if byte == 0x0D { return .trailerEnd }
            guard byte >= 0x20 && byte != 0x7F || byte == 0x09 else { throw .trailer }
            return .trailerValue
        default:
            guard byte == 0x0A else { throw .trailer }
            return .trailerStart
        }
    }

    private static func hexValue(_ byte: UInt8) -> Int? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(byte) - 0x30
        case UInt8(ascii: "a")...UInt8(ascii: "f"): Int(byte) - 0x61 + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): Int(byte) - 0x41 + 10
        default: nil
        }
    }
}
