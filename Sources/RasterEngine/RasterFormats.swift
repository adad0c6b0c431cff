// SPDX-License-Identifier: Apache-2.0

package import Document
import TileModel

/// What the formats have in common: they are decoded by libvips.
protocol RasterFormat: DocumentFormat {
    static var mediaType: String { get }
}

extension RasterFormat {
    package static var mediaTypes: [String] { [mediaType] }
    package static var engine: String { RasterLibrary.engine }
    package static var readableFolders: [String] { [] }
    package static func prepare() { RasterLibrary.prepare() }
}

/// TIFF and BigTIFF of many pages.
package enum TIFFFormat: RasterFormat {
    static let mediaType = "image/tiff"

    package static func open(_ source: any DocumentSource, password: [UInt8]?, clock: UseClock) throws
        -> any OpenDocument
    {
        try RasterDocument(TIFFPages(source), mediaType: mediaType, clock: clock)
    }
}

package enum JPEGFormat: RasterFormat {
    static let mediaType = "image/jpeg"

    package static func open(_ source: any DocumentSource, password: [UInt8]?, clock: UseClock) throws
        -> any OpenDocument
    {
        let page = try SinglePicture(source, kind: .jpeg, tiles: .jpg)
        return RasterDocument(page, mediaType: mediaType, clock: clock)
    }
}

package enum PNGFormat: RasterFormat {
    static let mediaType = "image/png"

    package static func open(_ source: any DocumentSource, password: [UInt8]?, clock: UseClock) throws
        -> any OpenDocument
    {
        let header = PNGHeader(source)
        let page = try SinglePicture(
            source, kind: .png, tiles: header.isPhotograph(fileSize: source.size) ? .jpg : .png,
            orientation: header.orientation, isBits: header.isBits)
        return RasterDocument(page, mediaType: mediaType, clock: clock)
    }
}

package enum WebPFormat: RasterFormat {
    static let mediaType = "image/webp"

    package static func open(_ source: any DocumentSource, password: [UInt8]?, clock: UseClock) throws
        -> any OpenDocument
    {
        // Lossless files begin with this chunk, unless they bring a profile or alpha.
        var chunk = [UInt8](repeating: 0, count: 4)
        let isLossless =
            chunk.withUnsafeMutableBytes { source.read(at: 12, into: $0) } && chunk.elementsEqual("VP8L".utf8)
        let page = try SinglePicture(source, kind: .webP, tiles: isLossless ? .png : .jpg)
        return RasterDocument(page, mediaType: mediaType, clock: clock)
    }
}

/// The first frame.
package enum GIFFormat: RasterFormat {
    static let mediaType = "image/gif"

    package static func open(_ source: any DocumentSource, password: [UInt8]?, clock: UseClock) throws
        -> any OpenDocument
    {
        RasterDocument(try SinglePicture(source, kind: .gif, tiles: .png), mediaType: mediaType, clock: clock)
    }
}

/// JP2 files and bare codestreams.
package enum JPEG2000Format: RasterFormat {
    static let mediaType = "image/jp2"
    package static let mediaTypes = [mediaType, "image/j2c"]

    package static func open(_ source: any DocumentSource, password: [UInt8]?, clock: UseClock) throws
        -> any OpenDocument
    {
        RasterDocument(try SinglePicture(source, kind: .jpeg2000, tiles: .jpg), mediaType: mediaType, clock: clock)
    }
}
