// SPDX-License-Identifier: Apache-2.0

package import Document
import TileModel

/// TIFF and BigTIFF of many pages.
package enum TIFFFormat: DocumentFormat {
    package static let mediaType = "image/tiff"
    package static var engine: String { RasterLibrary.engine }
    package static func prepare() { RasterLibrary.prepare() }

    package static func recognises(_ head: [UInt8]) -> Bool {
        [[0x49, 0x49, 42, 0], [0x4D, 0x4D, 0, 42], [0x49, 0x49, 43, 0], [0x4D, 0x4D, 0, 43]].contains {
            head.starts(with: $0)
        }
    }

    package static func open(_ source: any DocumentSource, clock: UseClock) throws -> any OpenDocument {
        try RasterDocument(TIFFPages(source), mediaType: mediaType, clock: clock)
    }
}

package enum JPEGFormat: DocumentFormat {
    package static let mediaType = "image/jpeg"
    package static var engine: String { RasterLibrary.engine }
    package static func prepare() { RasterLibrary.prepare() }

    package static func recognises(_ head: [UInt8]) -> Bool { head.starts(with: [0xFF, 0xD8, 0xFF]) }

    package static func open(_ source: any DocumentSource, clock: UseClock) throws -> any OpenDocument {
        let page = try SinglePicture(source, kind: .jpeg, tiles: .jpg)
        return RasterDocument(page, mediaType: mediaType, clock: clock)
    }
}

package enum PNGFormat: DocumentFormat {
    package static let mediaType = "image/png"
    package static var engine: String { RasterLibrary.engine }
    package static func prepare() { RasterLibrary.prepare() }

    package static func recognises(_ head: [UInt8]) -> Bool {
        head.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
    }

    package static func open(_ source: any DocumentSource, clock: UseClock) throws -> any OpenDocument {
        let header = PNGHeader(source)
        let page = try SinglePicture(
            source, kind: .png, tiles: header.isPhotograph(fileSize: source.size) ? .jpg : .png,
            orientation: header.orientation, isBits: header.isBits)
        return RasterDocument(page, mediaType: mediaType, clock: clock)
    }
}

package enum WebPFormat: DocumentFormat {
    package static let mediaType = "image/webp"
    package static var engine: String { RasterLibrary.engine }
    package static func prepare() { RasterLibrary.prepare() }

    package static func recognises(_ head: [UInt8]) -> Bool {
        head.count >= 12 && head.starts(with: Array("RIFF".utf8)) && head[8..<12].elementsEqual("WEBP".utf8)
    }

    package static func open(_ source: any DocumentSource, clock: UseClock) throws -> any OpenDocument {
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
package enum GIFFormat: DocumentFormat {
    package static let mediaType = "image/gif"
    package static var engine: String { RasterLibrary.engine }
    package static func prepare() { RasterLibrary.prepare() }

    package static func recognises(_ head: [UInt8]) -> Bool {
        head.starts(with: Array("GIF87a".utf8)) || head.starts(with: Array("GIF89a".utf8))
    }

    package static func open(_ source: any DocumentSource, clock: UseClock) throws -> any OpenDocument {
        RasterDocument(try SinglePicture(source, kind: .gif, tiles: .png), mediaType: mediaType, clock: clock)
    }
}

/// JP2 files and bare codestreams.
package enum JPEG2000Format: DocumentFormat {
    package static let mediaType = "image/jp2"
    package static var engine: String { RasterLibrary.engine }
    package static func prepare() { RasterLibrary.prepare() }

    package static func recognises(_ head: [UInt8]) -> Bool {
        head.starts(with: [0, 0, 0, 0x0C, 0x6A, 0x50, 0x20, 0x20, 0x0D, 0x0A, 0x87, 0x0A])
            || head.starts(with: [0xFF, 0x4F, 0xFF, 0x51])
    }

    package static func open(_ source: any DocumentSource, clock: UseClock) throws -> any OpenDocument {
        RasterDocument(try SinglePicture(source, kind: .jpeg2000, tiles: .jpg), mediaType: mediaType, clock: clock)
    }
}
