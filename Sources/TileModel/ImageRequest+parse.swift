// SPDX-License-Identifier: Apache-2.0

/// Why an image request cannot be answered.
package enum ImageRequestError: Error, Equatable, Sendable {
    /// The named part of the URL is not IIIF syntax.
    case malformed(part: String)
    /// The region lies outside the page or is empty.
    case regionOutside
    /// The result would be smaller than a pixel.
    case sizeEmpty
    /// The size asks for enlargement without `^`.
    case enlargement
    /// More pixels than allowed.
    case tooLarge(pixels: Int, allowed: Int)
}

extension ImageRequest {
    /// Reads the last four segments of an image URL: region, size, rotation and `quality.format`. Percent-encoding is
    /// undone first, so that `%5Emax` and `^max` are the same.
    /// - Throws: `malformed` naming the part.
    package init(region: Substring, size: Substring, rotation: Substring, file: Substring) throws(ImageRequestError) {
        let (size, mayEnlarge) = try Self.parseSize(try Self.decoded(size, "size"))
        let file = try Self.decoded(file, "quality")
        guard let dot = file.lastIndex(of: ".") else { throw .malformed(part: "format") }
        guard let quality = TileQuality(rawValue: String(file[..<dot])) else { throw .malformed(part: "quality") }
        guard let format = TileFormat(rawValue: String(file[file.index(after: dot)...])) else {
            throw .malformed(part: "format")
        }
        self.init(
            region: try Self.parseRegion(try Self.decoded(region, "region")),
            size: size,
            mayEnlarge: mayEnlarge,
            rotation: try Self.parseRotation(try Self.decoded(rotation, "rotation")),
            quality: quality,
            format: format
        )
    }

    private static func decoded(_ text: Substring, _ part: String) throws(ImageRequestError) -> Substring {
        guard text.utf8.contains(UInt8(ascii: "%")) else { return text }
        guard let bytes = try? PercentEncoding.decode(text.utf8) else { throw .malformed(part: part) }
        return Substring(decoding: bytes, as: UTF8.self)
    }

    private static func parseRegion(_ text: Substring) throws(ImageRequestError) -> Region {
        if text == "full" { return .full }
        if text == "square" { return .square }
        if text.hasPrefix("pct:") {
            let numbers = text.dropFirst(4).split(separator: ",", omittingEmptySubsequences: false).map(decimal)
            guard numbers.count == 4, let x = numbers[0], let y = numbers[1], let width = numbers[2],
                let height = numbers[3]
            else { throw .malformed(part: "region") }
            guard width > 0, height > 0 else { throw .regionOutside }
            return .percent(x: x, y: y, width: width, height: height)
        }
        let numbers = text.split(separator: ",", omittingEmptySubsequences: false).map(integer)
        guard numbers.count == 4, let x = numbers[0], let y = numbers[1], let width = numbers[2],
            let height = numbers[3]
        else { throw .malformed(part: "region") }
        guard width > 0, height > 0 else { throw .regionOutside }
        return .pixels(x: x, y: y, width: width, height: height)
    }

    private static func parseSize(_ whole: Substring) throws(ImageRequestError) -> (Size, Bool) {
        let mayEnlarge = whole.hasPrefix("^")
        let text = mayEnlarge ? whole.dropFirst() : whole
        if text == "max" { return (.max, mayEnlarge) }
        if text.hasPrefix("pct:") {
            guard let percent = decimal(text.dropFirst(4)) else { throw .malformed(part: "size") }
            guard percent > 0 else { throw .sizeEmpty }
            return (.percent(percent), mayEnlarge)
        }
        let within = text.hasPrefix("!")
        let parts = (within ? text.dropFirst() : text).split(separator: ",", omittingEmptySubsequences: false)
        guard parts.count == 2 else { throw .malformed(part: "size") }
        let size: Size
        switch (parts[0].isEmpty, parts[1].isEmpty, within) {
        case (false, true, false): size = .width(try dimension(parts[0]))
        case (true, false, false): size = .height(try dimension(parts[1]))
        case (false, false, false): size = .exactly(width: try dimension(parts[0]), height: try dimension(parts[1]))
        case (false, false, true): size = .within(width: try dimension(parts[0]), height: try dimension(parts[1]))
        default: throw .malformed(part: "size")
        }
        return (size, mayEnlarge)
    }

    private static func parseRotation(_ text: Substring) throws(ImageRequestError) -> TileRotation {
        let mirrored = text.hasPrefix("!")
        guard let degrees = decimal(mirrored ? text.dropFirst() : text), degrees <= 360 else {
            throw .malformed(part: "rotation")
        }
        return TileRotation(mirrored: mirrored, degrees: degrees)
    }

    private static func dimension(_ text: Substring) throws(ImageRequestError) -> Int {
        guard let value = integer(text) else { throw .malformed(part: "size") }
        guard value > 0 else { throw .sizeEmpty }
        return value
    }

    /// Digits only, at most nine: neither a sign nor an overflow can come of it.
    private static func integer(_ text: Substring) -> Int? {
        guard (1...9).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return Int(text)
    }

    /// Digits with at most one point: no sign, exponent, `inf` or hexadecimal, which `Double.init` would take.
    private static func decimal(_ text: Substring) -> Double? {
        guard (1...24).contains(text.utf8.count), text.utf8.contains(where: { (0x30...0x39).contains($0) }),
            text.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x2E }),
            text.utf8.count(where: { $0 == 0x2E }) <= 1
        else { return nil }
        return Double(text.hasPrefix(".") ? "0\(text)" : text.hasSuffix(".") ? "\(text)0" : String(text))
    }
}
