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
            orientation: header.orientation, isBits: header.isBits, isInterlaced: header.isInterlaced,
            resolution: header.resolution)
        return RasterDocument(page, mediaType: mediaType, clock: clock)
    }
}

package enum WebPFormat: RasterFormat {
    static let mediaType = "image/webp"

    package static func open(_ source: any DocumentSource, password: [UInt8]?, clock: UseClock) throws
        -> any OpenDocument
    {
        let page = try SinglePicture(source, kind: .webP, tiles: isLossless(source) ? .png : .jpg)
        return RasterDocument(page, mediaType: mediaType, clock: clock)
    }

    /// Whether the first frame is of the lossless kind: a profile, metadata and alpha may stand before it.
    private static func isLossless(_ source: any DocumentSource) -> Bool {
        var place = 12
        for _ in 0..<8 {
            var chunk = [UInt8](repeating: 0, count: 8)
            guard chunk.withUnsafeMutableBytes({ source.read(at: place, into: $0) }) else { return false }
            if chunk.starts(with: "VP8L".utf8) { return true }
            if chunk.starts(with: "VP8 ".utf8) { return false }
            let length = TIFFNumbers(isLittleEndian: true).number(chunk, 4, 4)
            place += 8 + (length + 1) / 2 * 2
        }
        return false
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
        // A bare codestream has a media type of its own.
        let signature = DocumentSignature.recognise(source.head(DocumentSignature.headLength))
        return RasterDocument(
            try SinglePicture(source, kind: .jpeg2000, tiles: .jpg), mediaType: signature?.mediaType ?? mediaType,
            clock: clock)
    }
}
