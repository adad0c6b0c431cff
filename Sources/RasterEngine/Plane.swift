// SPDX-License-Identifier: Apache-2.0

import Document
import Glibc

/// Decoded pixels in memory: grey (1 byte), sRGB (3 bytes) or black and white (1 bit, 1 = black).
final class Plane {
    let width: Int
    let height: Int
    /// Bytes a pixel; 0 where a byte holds eight pixels.
    let bands: Int
    let stride: Int
    let bytes: UnsafeMutablePointer<UInt8>

    /// What a plane may take at most: 140 megapixels in colour. A worker holds the last job's while it makes the next one,
    /// and shall stay below 1 GiB.
    static let mostBytes = 400 << 20

    static func size(_ width: Int, _ height: Int, bands: Int) -> Int { stride(width, bands) * height }

    private static func stride(_ width: Int, _ bands: Int) -> Int { bands == 0 ? (width + 63) / 64 * 8 : width * bands }

    /// A white plane.
    init(width: Int, height: Int, bands: Int) throws(DocumentError) {
        (self.width, self.height, self.bands) = (width, height, bands)
        stride = Self.stride(width, bands)
        let size = stride * height
        // Bits are read eight bytes at a time, from any byte on.
        guard size <= Self.mostBytes, let memory = bands == 0 ? calloc(size + 8, 1) : malloc(size) else {
            throw .outOfMemory
        }
        if bands > 0 { memset(memory, 0xFF, size) }
        bytes = memory.assumingMemoryBound(to: UInt8.self)
    }

    deinit { free(bytes) }
}

/// Pixels of one byte a band, somewhere in a plane.
struct PixelView {
    let plane: Plane
    let start: UnsafeMutablePointer<UInt8>

    init(_ plane: Plane, x: Int = 0, y: Int = 0) {
        self.plane = plane
        start = plane.bytes + y * plane.stride + x * plane.bands
    }
}
