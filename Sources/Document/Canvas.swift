// SPDX-License-Identifier: Apache-2.0

import CCairo
import Glibc
package import TileModel

/// A cairo image surface of opaque pixels, the common currency of engines, overlays and encoders.
///
/// Each pixel is a native-endian `0xFFRRGGBB`, which is the byte order BGRx of PDFium and TurboJPEG on little-endian
/// machines.
package final class Canvas {
    package let size: PixelSize
    /// The `cairo_surface_t` that engines draw on; it lives as long as the canvas.
    package let surface: OpaquePointer
    /// Bytes from one row to the next.
    package let stride: Int
    package let pixels: UnsafeMutablePointer<UInt32>

    /// A white canvas.
    /// - Throws: `outOfMemory`, also where the size is beyond what cairo can hold (32,767 a side).
    package init(size: PixelSize) throws(DocumentError) {
        self.size = size
        surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, CInt(size.width), CInt(size.height))
        guard cairo_surface_status(surface) == CAIRO_STATUS_SUCCESS, let data = cairo_image_surface_get_data(surface)
        else {
            cairo_surface_destroy(surface)
            throw .outOfMemory
        }
        stride = Int(cairo_image_surface_get_stride(surface))
        // Every format of cairo with 32 bits a pixel has rows that are multiples of four bytes.
        pixels = UnsafeMutableRawPointer(data).assumingMemoryBound(to: UInt32.self)
        memset(data, 0xFF, stride * size.height)
        cairo_surface_mark_dirty(surface)
    }

    deinit { cairo_surface_destroy(surface) }

    /// Lets `body` write the pixels directly.
    package func withPixels<Result>(_ body: (UnsafeMutablePointer<UInt32>) throws -> Result) rethrows -> Result {
        cairo_surface_flush(surface)
        defer { cairo_surface_mark_dirty(surface) }
        return try body(pixels)
    }

    /// The pixels of one row, to be touched only inside `withPixels` or after `cairo_surface_flush`.
    package func row(_ y: Int) -> UnsafeMutablePointer<UInt32> { pixels + y * (stride / 4) }
}
