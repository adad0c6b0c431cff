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
        /// All pixels are in one tile. Bytes only.
        var isTiled = false

        /// Tiles have sides of whole sixteens.
        var tileSide: Int { (max(width, height) + 15) / 16 * 16 }

        /// As it stands in the file.
        var stored: [UInt8] {
            guard isTiled else { return pixels }
            var tile = [UInt8](repeating: 0, count: tileSide * tileSide)
            for y in 0..<height { for x in 0..<width { tile[y * tileSide + x] = pixels[y * width + x] } }
            return tile
        }

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
        // A tiled page has one entry more; where others are shorter nothing is in between.
        let room = entries + (pages.contains(where: \.isTiled) ? 1 : 0)
        let directoryLength = (isBig ? 8 : 2) + room * (isBig ? 20 : 12) + wide
        var bytes: [UInt8] = isLittleEndian ? [0x49, 0x49] : [0x4D, 0x4D]
        bytes += number(isBig ? 43 : 42, 2)
        if isBig { bytes += number(8, 2) + number(0, 2) }
        let header = isBig ? 16 : 8
        var place = header
        let pixelPlaces = pages.map { page in
            defer { place += (page.stored.count + 1) / 2 * 2 }
            return place
        }
        let fractions = place
        if !isBig { place += pages.count * 16 }
        let directories = pages.indices.map { place + $0 * directoryLength }
        bytes += number(directories.first ?? 0, wide)
        for page in pages { bytes += page.stored + (page.stored.count.isMultiple(of: 2) ? [] : [0]) }
        let resolutions = pages.map { page in (page.resolution ?? [1, 1, 1, 1]).map { number($0, 4) } }
        if !isBig { bytes += resolutions.flatMap { $0.flatMap { $0 } } }
        for (index, page) in pages.enumerated() {
            let count = entries + (page.isTiled ? 1 : 0)
            bytes += number(count, isBig ? 8 : 2)
            bytes += entry(254, page.subfileType, isLong: true)
            bytes +=
                entry(256, page.width) + entry(257, page.height) + entry(258, page.depth) + entry(259, 1)
                + entry(262, 1)
            let place = entry(page.isTiled ? 324 : 273, pixelPlaces[index], isLong: true)
            let length = entry(page.isTiled ? 325 : 279, page.stored.count, isLong: true)
            if page.isTiled {
                // In the order of their numbers, as a directory has to be.
                bytes += entry(274, page.orientation) + entry(322, page.tileSide) + entry(323, page.tileSide)
                bytes += place + length
            } else {
                bytes += place + entry(274, page.orientation) + entry(278, page.height) + length
            }
            if entries == 13 {
                for axis in 0..<2 {
                    let value = Array(resolutions[index][axis * 2..<axis * 2 + 2].joined())
                    bytes += number(282 + axis, 2) + number(5, 2) + number(1, wide)
                    bytes += isBig ? value : number(fractions + index * 16 + axis * 8, 4)
                }
            }
            bytes += entry(339, page.sampleFormat)
            let next = index + 1 < pages.count ? directories[index + 1] : loopsTo.map { directories[$0] } ?? 0
            bytes += number(next, wide) + [UInt8](repeating: 0, count: (room - count) * (isBig ? 20 : 12))
        }
        return bytes
    }
}
