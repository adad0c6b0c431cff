// SPDX-License-Identifier: Apache-2.0

import CWebP
package import TileModel

/// Lossy WebP: quality 80, method 0. Method 0 because a tile is encoded while somebody waits.
package final class WebPEncoder: TileEncoder {
    package static let format = TileFormat.webp
    package static var settings: String { "webp \(WebPGetEncoderVersion()) q80 m0" }

    package init() {}

    package func encode(_ canvas: Canvas) throws(DocumentError) -> [UInt8] {
        var configuration = WebPConfig()
        var picture = WebPPicture()
        guard WebPConfigInit(&configuration) != 0, WebPPictureInit(&picture) != 0 else { throw .outOfMemory }
        configuration.quality = 80
        configuration.method = 0
        picture.width = CInt(canvas.size.width)
        picture.height = CInt(canvas.size.height)
        defer { WebPPictureFree(&picture) }
        let bytes = UnsafePointer(UnsafeRawPointer(canvas.pixels).assumingMemoryBound(to: UInt8.self))
        guard WebPPictureImportBGRX(&picture, bytes, CInt(canvas.stride)) != 0 else { throw .outOfMemory }

        var writer = WebPMemoryWriter()
        WebPMemoryWriterInit(&writer)
        defer { WebPMemoryWriterClear(&writer) }
        let encoded = withUnsafeMutablePointer(to: &writer) { writer in
            picture.writer = WebPMemoryWrite
            picture.custom_ptr = UnsafeMutableRawPointer(writer)
            return WebPEncode(&configuration, &picture) != 0
        }
        guard encoded else { throw .outOfMemory }
        return Array(UnsafeBufferPointer(start: writer.mem, count: writer.size))
    }
}
