// SPDX-License-Identifier: Apache-2.0

import CVips
import Document
import TileModel

/// A picture as it is stored, before its orientation is applied.
struct StoredPicture {
    var width: Int
    var height: Int
    /// EXIF's and TIFF's tag 274, 1 ... 8.
    var orientation: Int
    /// One bit a pixel, black and white.
    var isBits: Bool
    /// Regions can be decoded without the rest.
    var hasRandomAccess: Bool
    var tiles: TileFormat

    /// Rows of the file are columns of the page.
    var isTransposed: Bool { orientation >= 5 }

    /// What the file says of its pixels' shape.
    var resolution = Resolution.square

    /// The size with square pixels, rows and columns as they are stored.
    var squared: PixelSize { resolution.squared(width: width, height: height) }

    /// The page's size.
    var displayed: PixelSize {
        let size = squared
        return isTransposed ? PixelSize(width: size.height, height: size.width) : size
    }

    /// How far the page is turned, clockwise.
    var rotation: Int {
        switch orientation {
        case 3, 4: 180
        case 6, 7: 90
        case 8, 5: 270
        default: 0
        }
    }
}

/// The pictures of a file. Used by one thread.
protocol PictureFile: AnyObject {
    var source: any DocumentSource { get }
    var kind: RasterKind { get }
    /// How many; nil where they have not all been found yet.
    var count: Int? { get }

    /// Whether there is such a page.
    /// - Throws: `bytesMissing`.
    func find(_ page: Int) throws(DocumentError) -> Bool

    /// The page, where it can be found without bytes that are not at hand; nil otherwise, and where there is none.
    func pictureAtHand(_ page: Int) -> StoredPicture?

    /// - Parameter page: one that was found.
    func picture(_ page: Int) -> StoredPicture

    /// The reductions that the file holds or the decoder itself makes, largest first: cheaper than decoding all. The same
    /// wherever the file is read, since a tile's bytes depend on them.
    /// - Throws: `bytesMissing`.
    func ownReductions(_ page: Int) throws(DocumentError) -> [OwnReduction]

    /// Bytes that a decoder must see instead of the file's, so that it finds this page alone and whole.
    /// - Parameter load: 1 or that of one of `ownReductions`.
    func patches(_ page: Int, load: Int) -> [(offset: Int, bytes: [UInt8])]

    /// To be called before a page is decoded: a decoder stops at the first bytes that it lacks.
    /// - Parameters:
    ///   - load: 1 or that of one of `ownReductions`.
    ///   - region: what will be read of a picture with random access; nil for all.
    /// - Throws: `bytesMissing`, once all that are needed have been noted.
    func prepare(_ page: Int, load: Int, region: Region?) throws(DocumentError)
}

/// A picture made smaller without decoding all of it.
struct OwnReduction {
    /// The whole factor; a power of two.
    var load: Int
    /// What comes of it. Some writers drop the rest of a length that the factor does not divide.
    var width: Int
    var height: Int

    /// Whether boxes of it are as many as boxes of the whole picture that have the same size.
    func fits(_ box: Int, _ picture: StoredPicture) -> Bool {
        let reduction = Reduction(load: load, box: box)
        return (width + box - 1) / box == reduction.reduced(picture.width)
            && (height + box - 1) / box == reduction.reduced(picture.height)
    }
}

/// The codecs.
enum RasterKind {
    case tiff, jpeg, png, webP, gif, jpeg2000

    var code: recto_raster_kind {
        switch self {
        case .tiff: RECTO_TIFF
        case .jpeg: RECTO_JPEG
        case .png: RECTO_PNG
        case .webP: RECTO_WEBP
        case .gif: RECTO_GIF
        case .jpeg2000: RECTO_JPEG2000
        }
    }

    /// Decoders that hold the whole file in memory, beside the pixels.
    var holdsFile: Bool { self == .webP || self == .gif }
}

/// A file with one picture, whose header libvips reads.
final class SinglePicture: PictureFile {
    let source: any DocumentSource
    let kind: RasterKind
    let count: Int? = 1
    private let stored: StoredPicture
    private let frame: JPEGFrame?

    /// Larger files of these kinds are bombs: WebP has at most 16,383 pixels a side.
    private static let mostHeldBytes = 256 << 20
    /// Of pictures whose decoders hold them whole, with up to 12 bytes a pixel of their own.
    private static let mostWholePixels = 100_000_000

    /// - Parameters:
    ///   - orientation: where libvips does not find it.
    ///   - isBits: the picture is black and white.
    ///   - isInterlaced: the decoder needs all of it at once.
    /// - Throws: `damaged`, `outOfMemory`.
    init(
        _ source: any DocumentSource, kind: RasterKind, tiles: TileFormat, orientation: Int? = nil,
        isBits: Bool = false, isInterlaced: Bool = false,
        resolution: Resolution? = nil
    ) throws(DocumentError) {
        self.source = source
        self.kind = kind
        // It is decoded from its first byte to its last.
        guard source.isAtHand(0..<source.size) else { throw .bytesMissing }
        frame = kind == .jpeg ? JPEGFrame(source) : nil
        if kind.holdsFile, source.size > Self.mostHeldBytes { throw .outOfMemory }
        let raster = try Raster(RasterInput(source) { false }, kind: kind)
        let isWholeOnly = isInterlaced || kind == .gif || kind == .webP || kind == .jpeg2000
        guard !isWholeOnly || raster.width * raster.height <= Self.mostWholePixels else { throw .outOfMemory }
        stored = StoredPicture(
            width: raster.width, height: raster.height, orientation: orientation ?? raster.orientation,
            isBits: isBits && raster.bands == 1, hasRandomAccess: false, tiles: tiles,
            resolution: resolution ?? frame?.resolution ?? .square)
    }

    func find(_ page: Int) -> Bool { page == 1 }
    func pictureAtHand(_ page: Int) -> StoredPicture? { page == 1 ? stored : nil }
    func picture(_ page: Int) -> StoredPicture { stored }

    func ownReductions(_ page: Int) -> [OwnReduction] {
        guard frame?.canReduce == true else { return [] }
        return [8, 4, 2].map { load in
            let reduction = Reduction(load: load, box: 1)
            return OwnReduction(
                load: load, width: reduction.loaded(stored.width), height: reduction.loaded(stored.height))
        }
    }

    func prepare(_ page: Int, load: Int, region: Region?) {}

    func patches(_ page: Int, load: Int) -> [(offset: Int, bytes: [UInt8])] {
        guard load > 1, let frame else { return [] }
        return [frame.patch(load: load)]
    }
}

/// The pages of a TIFF.
final class TIFFPages: PictureFile {
    let source: any DocumentSource
    let kind = RasterKind.tiff
    private let index: TIFFIndex
    /// Of pages that were looked at: opening a file of ten thousand pages reads none.
    private var resolutions: [Int: Resolution] = [:]

    init(_ source: any DocumentSource) throws(DocumentError) {
        self.source = source
        index = try TIFFIndex(source)
    }

    var count: Int? { index.isComplete ? index.pages.count : nil }

    func find(_ page: Int) throws(DocumentError) -> Bool {
        guard page >= 1 else { return false }
        return try index.find(page)
    }

    func pictureAtHand(_ page: Int) -> StoredPicture? {
        var found: StoredPicture?
        let isAtHand = index.whereAtHand { () throws(DocumentError) in
            found = try find(page) ? picture(page) : nil
        }
        return isAtHand ? found : nil
    }

    func picture(_ page: Int) -> StoredPicture {
        let directory = index.pages[page - 1]
        let isFlat = directory.bits == 1 || directory.photometric == 3
        return StoredPicture(
            width: directory.width, height: directory.height, orientation: directory.orientation,
            isBits: directory.bits == 1 && directory.samples == 1 && directory.photometric <= 1,
            hasRandomAccess: directory.isTiled, tiles: isFlat ? .png : .jpg, resolution: resolution(page, directory))
    }

    private func resolution(_ page: Int, _ directory: TIFFIndex.Directory) -> Resolution {
        if let known = resolutions[page] { return known }
        // Bytes that are not here yet are no answer to be kept.
        guard let found = index.resolution(of: directory, in: source) else { return .square }
        resolutions[page] = found
        return found
    }

    /// The levels of a pyramid: tiled copies that follow a tiled page, each half as large as the one before.
    func ownReductions(_ page: Int) throws(DocumentError) -> [OwnReduction] {
        let directory = index.pages[page - 1]
        // Scans and faxes have none, and shall not have to look for the next page first.
        guard directory.isTiled, directory.bits > 1 else { return [] }
        try index.findCopies(of: page)
        return levels(page).map { OwnReduction(load: $0.load, width: $0.copy.width, height: $0.copy.height) }
            .sorted { $0.load > $1.load }
    }

    /// The copies of a page that stand for it.
    private func levels(_ page: Int) -> [(load: Int, copy: TIFFIndex.Directory)] {
        let directory = index.pages[page - 1]
        return directory.copies.compactMap { copy in
            guard copy.isTiled, copy.bits == directory.bits, copy.samples == directory.samples,
                copy.photometric == directory.photometric, let load = Self.factor(copy, directory)
            else { return nil }
            return (load, copy)
        }
    }

    /// The power of two by which a copy is smaller, whichever way its writer rounds.
    private static func factor(_ copy: TIFFIndex.Directory, _ whole: TIFFIndex.Directory) -> Int? {
        (1...24).map { 1 << $0 }.first { factor in
            func isPart(_ length: Int, _ all: Int) -> Bool {
                length == all / factor || length == (all + factor - 1) / factor
            }
            return isPart(copy.width, whole.width) && isPart(copy.height, whole.height)
        }
    }

    /// The page's own, or that of the level.
    private func directory(_ page: Int, load: Int) -> TIFFIndex.Directory {
        let level = load > 1 ? levels(page).first { $0.load == load } : nil
        return level?.copy ?? index.pages[page - 1]
    }

    func prepare(_ page: Int, load: Int, region: Region?) throws(DocumentError) {
        guard !source.isComplete else { return }
        var areHere = true
        let directory = directory(page, load: load)
        for range in directory.data.ranges(directory, region, of: source, index.numbers) {
            if !source.isAtHand(range) { areHere = false }
        }
        guard areHere, !source.isMissingBytes else { throw .bytesMissing }
    }

    /// The header's pointer to the first directory leads to this page's, which is the last: libtiff sees a file of one
    /// page and walks nothing.
    func patches(_ page: Int, load: Int) -> [(offset: Int, bytes: [UInt8])] {
        let directory = directory(page, load: load)
        let length = index.isBig ? 8 : 4
        let bytes = (0..<length).map { UInt8(truncatingIfNeeded: directory.offset >> ($0 * 8)) }
        return [
            (offset: length, bytes: index.isLittleEndian ? bytes : bytes.reversed()),
            (offset: directory.nextPointer, bytes: [UInt8](repeating: 0, count: length)),
        ]
    }
}
