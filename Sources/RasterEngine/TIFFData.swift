// SPDX-License-Identifier: Apache-2.0

import Document

/// Where the strips or tiles of a TIFF's page lie, as its directory says: two lists of numbers, of offsets and of lengths.
struct TIFFData {
    /// A list of whole numbers in the file.
    private struct List {
        var offset = 0
        var count = 0
        /// Bytes of a number.
        var size = 0

        /// Nil where it does not lie in the file.
        func range(in source: any DocumentSource) -> Range<Int>? {
            guard count > 0, count <= TIFFData.mostPieces, size > 0, offset >= 0, offset < source.size,
                count * size <= source.size - offset
            else { return nil }
            return offset..<offset + count * size
        }

        func values(in source: any DocumentSource, _ numbers: TIFFNumbers) -> [Int]? {
            guard let range = range(in: source) else { return nil }
            var bytes = [UInt8](repeating: 0, count: range.count)
            guard bytes.withUnsafeMutableBytes({ source.read(at: range.lowerBound, into: $0) }) else { return nil }
            return (0..<count).map { numbers.number(bytes, $0 * size, size) }
        }
    }

    private var offsets = List()
    private var lengths = List()

    /// A picture of 2²⁴ rows in strips of eight.
    private static let mostPieces = 1 << 21

    /// - Parameter place: where the entry's values stand in the file.
    mutating func apply(_ entry: TIFFReader.Entry, at place: Int) {
        let list = List(offset: place, count: entry.count, size: entry.size)
        switch entry.tag {
        case 273, 324: offsets = list
        case 279, 325: lengths = list
        default: break
        }
    }

    /// The bytes of a page, or of those tiles that a region of it touches. Empty where they cannot be told: a decoder will
    /// say what is wrong. Where the lists themselves are not at hand, the source has noted that.
    func ranges(
        _ directory: TIFFIndex.Directory, _ region: Region?, of source: any DocumentSource, _ numbers: TIFFNumbers
    ) -> [Range<Int>] {
        // Both are asked for before either is given up.
        let (offsets, lengths) = (offsets.values(in: source, numbers), lengths.values(in: source, numbers))
        guard let offsets, let lengths, offsets.count == lengths.count else { return [] }
        let wanted = region.flatMap { Self.tiles(directory, touching: $0, of: offsets.count) } ?? Array(offsets.indices)
        return wanted.compactMap { index in
            let (start, length) = (offsets[index], lengths[index])
            guard start >= 0, length > 0, start < source.size else { return nil }
            return start..<start + min(length, source.size - start)
        }
    }

    /// Tiles stand in rows, plane after plane where each sample has its own.
    private static func tiles(_ directory: TIFFIndex.Directory, touching region: Region, of count: Int) -> [Int]? {
        guard directory.isTiled, directory.tileWidth > 0, directory.tileHeight > 0 else { return nil }
        let across = (directory.width + directory.tileWidth - 1) / directory.tileWidth
        let down = (directory.height + directory.tileHeight - 1) / directory.tileHeight
        let columns = region.x / directory.tileWidth...(region.x + region.width) / directory.tileWidth
        let rows = region.y / directory.tileHeight...(region.y + region.height) / directory.tileHeight
        return (0..<count).filter { index in
            let place = index % (across * down)
            return columns.contains(place % across) && rows.contains(place / across)
        }
    }
}
