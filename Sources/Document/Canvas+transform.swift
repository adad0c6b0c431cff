// SPDX-License-Identifier: Apache-2.0

import CCairo
package import TileModel

extension Canvas {
    /// The picture mirrored and turned as the rotation says, on white where a corner is not covered. Quarter turns move
    /// pixels and are exact; other angles are interpolated by cairo.
    package func rotated(_ rotation: TileRotation, bounds: PixelSize) throws(DocumentError) -> Canvas {
        if rotation == .none { return self }
        guard let quarters = rotation.quarterTurns else { return try turned(rotation, bounds: bounds) }
        let result = try Canvas(size: bounds)
        let (width, height) = (size.width, size.height)
        result.withPixels { _ in
            for y in 0..<bounds.height {
                let target = result.row(y)
                for x in 0..<bounds.width {
                    // The place in the mirrored source from which a clockwise turn takes this pixel.
                    let (sourceX, sourceY) =
                        switch quarters {
                        case 0: (x, y)
                        case 1: (y, height - 1 - x)
                        case 2: (width - 1 - x, height - 1 - y)
                        default: (width - 1 - y, x)
                        }
                    target[x] = row(sourceY)[rotation.mirrored ? width - 1 - sourceX : sourceX]
                }
            }
        }
        return result
    }

    private func turned(_ rotation: TileRotation, bounds: PixelSize) throws(DocumentError) -> Canvas {
        let result = try Canvas(size: bounds)
        let context = cairo_create(result.surface)
        defer { cairo_destroy(context) }
        cairo_translate(context, Double(bounds.width) / 2, Double(bounds.height) / 2)
        cairo_rotate(context, rotation.degrees * .pi / 180)
        if rotation.mirrored { cairo_scale(context, -1, 1) }
        cairo_set_source_surface(context, surface, -Double(size.width) / 2, -Double(size.height) / 2)
        cairo_paint(context)
        guard cairo_status(context) == CAIRO_STATUS_SUCCESS else { throw .outOfMemory }
        return result
    }

    /// Reduces the colours as a quality asks.
    package func apply(_ quality: TileQuality) {
        guard quality == .gray || quality == .bitonal else { return }
        withPixels { _ in
            for y in 0..<size.height {
                let row = row(y)
                for x in 0..<size.width {
                    let pixel = row[x]
                    // Rec. 601 luma in 16-bit fixed point, as JPEG uses it.
                    let luma =
                        (19595 &* (pixel >> 16 & 0xFF) &+ 38470 &* (pixel >> 8 & 0xFF) &+ 7471 &* (pixel & 0xFF)
                            &+ 32768) >> 16
                    let value: UInt32 = quality == .gray ? luma : luma >= 128 ? 0xFF : 0
                    row[x] = 0xFF00_0000 | value << 16 | value << 8 | value
                }
            }
        }
    }
}
