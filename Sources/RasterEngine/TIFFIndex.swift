// SPDX-License-Identifier: Apache-2.0

import Document

/// Where the pictures of a TIFF lie and what they are, from their directories alone (TIFF 6.0; BigTIFF has the same tags
/// with wider counts and offsets).
///
/// Each directory leads to the next. Where all bytes are at hand they are walked once, with one short read a directory:
/// after that page 5,000 costs what page 1 does. Of a distant file they are found as far as they are needed, so that page
/// 1 does not wait for the last. Damaged files link directories in circles or past the end; what was found until then
/// counts.
final class TIFFIndex {
    /// One directory: a page, or a smaller copy or a mask of one.
    struct Directory {
        var offset: Int
        /// Where the offset of the following directory is written.
        var nextPointer: Int
        var width = 0
        var height = 0
        /// TIFF's tag 274, 1 ... 8.
        var orientation = 1
        var bits = 1
        var samples = 1
        var photometric = 0
        var isTiled = false
        /// A reduced copy of another directory's picture, or a mask for it.
        var isSecondary = false
        /// A reduced copy.
        var isReduced = false
        /// The reduced copies that follow a page, as in a pyramid.
        var copies: [Directory] = []
        var rowsPerStrip = 0
        var tileWidth = 0
        var tileHeight = 0
        /// Where the resolutions' fractions are written; 0 for none.
        var resolutionAcross = 0
        var resolutionDown = 0
        var data = TIFFData()
    }

    /// Those found until now.
    private(set) var pages: [Directory] = []
    /// Whether `pages` are all.
    private(set) var isComplete = false
    let isBig: Bool
    let isLittleEndian: Bool

    var numbers: TIFFNumbers { TIFFNumbers(isLittleEndian: isLittleEndian) }

    private let source: any DocumentSource
    private let reader: TIFFReader
    /// Shown where a file has nothing else. Not kept once there is a page.
    private var copies: [Directory] = []
    private var visited: Set<Int> = []
    private var next: Int

    /// More pages than any archive puts into a file; bounds what a hostile one makes us hold (32 MB).
    private static let mostDirectories = 262_144
    private static let mostEntries = 4096
    /// Halves of the widest picture.
    private static let mostCopies = 24
    /// Takes in a usual directory with its pointer to the next: 20 entries of classic TIFF are 246 bytes.
    private static let usualLength = 512
    private static let mostPixelsASide = 1 << 24
    /// Up to this distance from one directory to the next all between is read, some of them at a time: a round trip for
    /// each takes longer (30 ms are 1.5 MB at 50 MB/s), and most of the bytes would be read anyway.
    private static let near = 512 << 10
    private static let mostAhead = 4 << 20

    /// Finds the first page, and all of them where their bytes are at hand.
    /// - Throws: `damaged` where there is no picture, `bytesMissing`.
    init(_ source: any DocumentSource) throws(DocumentError) {
        self.source = source
        reader = TIFFReader(source)
        guard let header = reader.header() else {
            throw source.isMissingBytes ? .bytesMissing : .damaged("the TIFF header is damaged")
        }
        (isBig, isLittleEndian) = (reader.isBig, reader.isLittleEndian)
        next = header
        guard try find(1) else { throw .damaged("the TIFF has no directory that can be read") }
        whereAtHand { () throws(DocumentError) in _ = try find(.max) }
    }

    /// Looks for the reduced copies of a page that was found: they end where the next page begins.
    /// - Throws: `bytesMissing`.
    func findCopies(of page: Int) throws(DocumentError) { _ = try find(page + 1) }

    /// Looks for pages up to this one. Returns whether it is there.
    /// - Throws: `bytesMissing`; what was found until then stays.
    func find(_ page: Int) throws(DocumentError) -> Bool {
        while pages.count < page, !isComplete { try walk() }
        return page <= pages.count
    }

    /// Does what needs no bytes but those that are at hand. Returns whether it came to its end.
    @discardableResult
    func whereAtHand(_ body: () throws(DocumentError) -> Void) -> Bool {
        guard !source.isMissingBytes else { return false }
        let isDone: Void? = try? body()
        // Nobody waits for these.
        guard source.isMissingBytes else { return isDone != nil }
        _ = source.takeMissing()
        return false
    }

    /// Goes one directory on.
    private func walk() throws(DocumentError) {
        guard next > 0, visited.count < Self.mostDirectories, !visited.contains(next) else { return end() }
        let found = Self.read(reader, at: next)
        guard !source.isMissingBytes else {
            askAhead()
            throw .bytesMissing
        }
        guard let (directory, following) = found else { return end() }
        visited.insert(next)
        next = following
        guard (1...Self.mostPixelsASide).contains(directory.width),
            (1...Self.mostPixelsASide).contains(directory.height)
        else { return }
        if !directory.isSecondary {
            pages.append(directory)
            copies = []
        } else if pages.isEmpty {
            copies.append(directory)
        } else if directory.isReduced, pages[pages.count - 1].copies.count < Self.mostCopies {
            pages[pages.count - 1].copies.append(directory)
        }
    }

    private func end() {
        if pages.isEmpty { pages = copies }
        copies = []
        isComplete = true
    }

    /// Notes the bytes of the following pages too, where these are small.
    private func askAhead() {
        guard pages.count > 1, let last = pages.last, let first = pages.first, next > last.offset else { return }
        let distance = (last.offset - first.offset) / (pages.count - 1)
        guard (1...Self.near).contains(distance) else { return }
        _ = source.isAtHand(next..<min(source.size, next + min(Self.mostAhead, 16 * distance)))
    }

    /// The orientation that an EXIF block, which is a TIFF without pictures, names in its first directory.
    static func firstOrientation(_ exif: any DocumentSource) -> Int? {
        let reader = TIFFReader(exif)
        guard let first = reader.header(), first > 0 else { return nil }
        return read(reader, at: first)?.0.orientation
    }

    /// What the directory's tags 282 and 283 say; square without them. Their unit (296) is the same for both. Two reads of
    /// 8 bytes. Nil where they cannot be read.
    func resolution(of directory: Directory, in source: any DocumentSource) -> Resolution? {
        guard directory.resolutionAcross > 0, directory.resolutionDown > 0 else { return .square }
        guard let across = fraction(directory.resolutionAcross, source),
            let down = fraction(directory.resolutionDown, source)
        else { return nil }
        return Resolution(across: across, down: down)
    }

    /// 0 where there is none within the file.
    private func fraction(_ place: Int, _ source: any DocumentSource) -> Double? {
        var bytes = [UInt8](repeating: 0, count: 8)
        guard place <= source.size - bytes.count else { return 0 }
        guard bytes.withUnsafeMutableBytes({ source.read(at: place, into: $0) }) else { return nil }
        let numbers = TIFFNumbers(isLittleEndian: isLittleEndian)
        let denominator = numbers.number(bytes, 4, 4)
        return denominator == 0 ? 0 : Double(numbers.number(bytes, 0, 4)) / Double(denominator)
    }

    private static func read(_ reader: TIFFReader, at offset: Int) -> (Directory, next: Int)? {
        let countLength = reader.isBig ? 8 : 2
        let entryLength = reader.isBig ? 20 : 12
        let pointerLength = reader.isBig ? 8 : 4
        guard var bytes = reader.bytes(at: offset, upTo: usualLength), bytes.count >= countLength else { return nil }
        let count = reader.number(bytes, 0, countLength)
        guard count > 0, count <= mostEntries else { return nil }
        let length = countLength + count * entryLength + pointerLength
        if bytes.count < length, let more = reader.bytes(at: offset, upTo: length) { bytes = more }
        var directory = Directory(offset: offset, nextPointer: offset + length - pointerLength)
        var place = countLength
        for _ in 0..<count where place + entryLength <= bytes.count {
            let entry = reader.entry(bytes, place)
            apply(entry, to: &directory, reader)
            directory.data.apply(entry, at: entry.isInline ? offset + place + (reader.isBig ? 12 : 8) : entry.offset)
            // A fraction stands in a wide entry itself.
            if entry.isFraction {
                let fraction = reader.isBig ? offset + place + 12 : entry.offset
                if entry.tag == 282 { directory.resolutionAcross = fraction }
                if entry.tag == 283 { directory.resolutionDown = fraction }
            }
            place += entryLength
        }
        // A directory that the file's end cuts off is the last.
        return (directory, length <= bytes.count ? reader.number(bytes, length - pointerLength, pointerLength) : 0)
    }

    private static func apply(_ entry: TIFFReader.Entry, to directory: inout Directory, _ reader: TIFFReader) {
        guard let value = entry.value else {
            // Three or more depths do not fit into a classic entry; all are alike in what libtiff decodes.
            if entry.tag == 258, let depth = reader.bytes(at: entry.offset, upTo: 2), depth.count == 2 {
                directory.bits = reader.number(depth, 0, 2)
            }
            return
        }
        switch entry.tag {
        case 254:
            directory.isSecondary = value & 0b101 != 0
            directory.isReduced = value & 0b101 == 0b001
        case 255: directory.isSecondary = directory.isSecondary || value == 2
        case 256: directory.width = value
        case 257: directory.height = value
        case 258: directory.bits = value
        case 262: directory.photometric = value
        case 274: directory.orientation = (1...8).contains(value) ? value : 1
        case 277: directory.samples = value
        case 278: directory.rowsPerStrip = value
        case 322:
            directory.tileWidth = value
            directory.isTiled = true
        case 323: directory.tileHeight = value
        default: break
        }
    }
}

/// Numbers of a TIFF in the byte order and width that its header announces.
struct TIFFReader {
    let source: any DocumentSource
    let isBig: Bool
    let isLittleEndian: Bool
    private let first: Int?

    struct Entry {
        let tag: Int
        /// The first value where all values stand in the entry and are whole numbers.
        let value: Int?
        /// Where the values stand otherwise.
        let offset: Int
        let count: Int
        /// Bytes of one value; 0 where these are no whole numbers.
        let size: Int
        let isInline: Bool
        /// One value of two unsigned numbers.
        let isFraction: Bool
    }

    init(_ source: any DocumentSource) {
        self.source = source
        var head = [UInt8](repeating: 0, count: min(16, source.size))
        let isRead = head.withUnsafeMutableBytes { source.read(at: 0, into: $0) }
        isLittleEndian = head.first == UInt8(ascii: "I")
        guard isRead, head.count >= 8 else {
            (isBig, first) = (false, nil)
            return
        }
        isBig = head[isLittleEndian ? 2 : 3] == 43
        let numbers = TIFFNumbers(isLittleEndian: isLittleEndian)
        if isBig {
            first = head.count >= 16 ? numbers.number(head, 8, 8) : nil
        } else {
            first = numbers.number(head, 4, 4)
        }
    }

    /// The offset of the first directory; nil where this is no TIFF.
    func header() -> Int? { first }

    func bytes(at offset: Int, upTo count: Int) -> [UInt8]? {
        guard offset >= 0, offset < source.size else { return nil }
        var bytes = [UInt8](repeating: 0, count: min(count, source.size - offset))
        guard bytes.withUnsafeMutableBytes({ source.read(at: offset, into: $0) }) else { return nil }
        return bytes
    }

    func number(_ bytes: [UInt8], _ place: Int, _ length: Int) -> Int {
        TIFFNumbers(isLittleEndian: isLittleEndian).number(bytes, place, length)
    }

    func entry(_ bytes: [UInt8], _ place: Int) -> Entry {
        let wide = isBig ? 8 : 4
        let count = number(bytes, place + 4, wide)
        let size =
            switch number(bytes, place + 2, 2) {
            case 1: 1
            case 3: 2
            case 4, 13: 4
            case 16, 18: 8
            default: 0
            }
        let values = place + 4 + wide
        let isInline = size > 0 && count > 0 && count <= wide / size
        return Entry(
            tag: number(bytes, place, 2), value: isInline ? number(bytes, values, size) : nil,
            offset: number(bytes, values, wide), count: count, size: size, isInline: isInline,
            isFraction: count == 1 && number(bytes, place + 2, 2) == 5)
    }
}

struct TIFFNumbers {
    let isLittleEndian: Bool

    /// -1 where the number is beyond what an offset can be.
    func number(_ bytes: [UInt8], _ place: Int, _ length: Int) -> Int {
        var value: UInt64 = 0
        for index in 0..<length {
            value = value << 8 | UInt64(bytes[place + (isLittleEndian ? length - 1 - index : index)])
        }
        return Int(exactly: value) ?? -1
    }
}
