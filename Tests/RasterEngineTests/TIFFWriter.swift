// SPDX-License-Identifier: Apache-2.0

/// Writes uncompressed TIFFs of the kinds that no tool at hand writes: any byte order, orientation and order of
/// directories.
struct TIFFWriter {
    struct Page {
        var width: Int
        var height: Int
        var orientation = 1
        /// Tag 254.
        var subfileType = 0
        /// Bits a sample, and what they mean (tag 339: 1 unsigned, 2 signed, 3 real).
        var depth = 8
        var sampleFormat = 1
        /// Numerators and denominators of tags 282 and 283; none is written without.
        var resolution: [Int]?
        /// Grey bytes, or rows of whole bytes of another depth in the file's byte order.
        var pixels: [UInt8]

        init(width: Int, height: Int, orientation: Int = 1, subfileType: Int = 0, pixel: (Int, Int) -> UInt8) {
            (self.width, self.height, self.orientation) = (width, height, orientation)
            self.subfileType = subfileType
            pixels = (0..<width * height).map { pixel($0 % width, $0 / width) }
        }
    }

    var isBig = false
    var isLittleEndian = true
    /// What the last directory's pointer leads to: the page of this index, instead of nothing.
    var loopsTo: Int?

    private func number(_ value: Int, _ length: Int) -> [UInt8] {
        let bytes = (0..<length).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
        return isLittleEndian ? bytes : bytes.reversed()
    }

    /// A short or long that stands in its entry.
    private func entry(_ tag: Int, _ value: Int, isLong: Bool = false) -> [UInt8] {
        let wide = isBig ? 8 : 4
        let content = number(value, isLong ? 4 : 2)
        return number(tag, 2) + number(isLong ? 4 : 3, 2) + number(1, wide) + content
            + [UInt8](repeating: 0, count: wide - content.count)
    }

    /// All pixels first, then all directories.
    func file(_ pages: [Page]) -> [UInt8] {
        let wide = isBig ? 8 : 4
        let entries = pages.contains { $0.resolution != nil } ? 13 : 11
        let directoryLength = (isBig ? 8 : 2) + entries * (isBig ? 20 : 12) + wide
        var bytes: [UInt8] = isLittleEndian ? [0x49, 0x49] : [0x4D, 0x4D]
        bytes += number(isBig ? 43 : 42, 2)
        if isBig { bytes += number(8, 2) + number(0, 2) }
        let header = isBig ? 16 : 8
        var place = header
        let pixelPlaces = pages.map { page in
            defer { place += (page.pixels.count + 1) / 2 * 2 }
            return place
        }
        let fractions = place
        if !isBig { place += pages.count * 16 }
        let directories = pages.indices.map { place + $0 * directoryLength }
        bytes += number(directories.first ?? 0, wide)
        for page in pages { bytes += page.pixels + (page.pixels.count.isMultiple(of: 2) ? [] : [0]) }
        let resolutions = pages.map { page in (page.resolution ?? [1, 1, 1, 1]).map { number($0, 4) } }
        if !isBig { bytes += resolutions.flatMap { $0.flatMap { $0 } } }
        for (index, page) in pages.enumerated() {
            bytes += number(entries, isBig ? 8 : 2)
            bytes += entry(254, page.subfileType, isLong: true)
            bytes +=
                entry(256, page.width) + entry(257, page.height) + entry(258, page.depth) + entry(259, 1)
                + entry(262, 1)
            bytes += entry(273, pixelPlaces[index], isLong: true) + entry(274, page.orientation)
            bytes += entry(278, page.height) + entry(279, page.pixels.count, isLong: true)
            if entries == 13 {
                for axis in 0..<2 {
                    let value = Array(resolutions[index][axis * 2..<axis * 2 + 2].joined())
                    bytes += number(282 + axis, 2) + number(5, 2) + number(1, wide)
                    bytes += isBig ? value : number(fractions + index * 16 + axis * 8, 4)
                }
            }
            bytes += entry(339, page.sampleFormat)
            let next = index + 1 < pages.count ? directories[index + 1] : loopsTo.map { directories[$0] } ?? 0
            bytes += number(next, wide)
        }
        return bytes
    }
}
