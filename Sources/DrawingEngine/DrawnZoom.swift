// SPDX-License-Identifier: Apache-2.0

import CCairo
import Document
import TileModel

/// An SVG page at one zoom, from which tiles are taken.
///
/// librsvg draws filters and masks on pictures as large as the whole page, whatever part of it is wanted, and a recording
/// would keep every one of them; patterns come out of a recording in other colours. So a page with any of these is kept as
/// one picture. Every other page is recorded, at exactly the zoom at which it is replayed: recorded at another, line widths
/// come out wrong.
///
/// A page that is too large for one picture is, with filters or masks, painted as large as `mostPixels` allow and enlarged;
/// with patterns alone it is recorded anew for each block, since what a recording shows of a pattern depends on what was
/// replayed of it before.
enum DrawnZoom {
    case recorded(CairoSurface)
    case recordedAnew(SVGPicture, width: Double, height: Double)
    /// A picture of the page and what it is to be multiplied by.
    case painted(CairoSurface, scaleX: Double, scaleY: Double)

    /// Of a picture of the whole page: 64 MB, of which librsvg needs several for each filter inside a filter. A3 at the
    /// size announced.
    static let mostPixels = 16_100_000.0
    /// Of a cairo image surface.
    private static let mostPixelsASide = 32_767.0
    /// Where cairo cuts a shape off, its edge moves by up to a fifteenth of a pixel, and enlarging rounds by the place, so
    /// what a tile shows would depend on where it lies. So pages are drawn in blocks on a fixed grid, each cut off at its
    /// own border, and everything is put together of them: tiles equal the page in one piece exactly. As large as a
    /// viewer's tiles.
    static let block = 512

    /// Draws the page, `width` × `height` pixels large. The dear part of every tile: all of the drawing is gone through.
    init(_ picture: SVGPicture, width: Double, height: Double) throws(DocumentError) {
        let fits = width * height <= Self.mostPixels && max(width, height) <= Self.mostPixelsASide
        if picture.usesPagePictures || picture.usesPatterns && fits {
            self = try Self.painted(picture, width: width, height: height, fits: fits)
        } else if picture.usesPatterns {
            self = .recordedAnew(picture, width: width, height: height)
        } else {
            self = .recorded(try Self.recorded(picture, width: width, height: height))
        }
    }

    private static func recorded(_ picture: SVGPicture, width: Double, height: Double) throws(DocumentError)
        -> CairoSurface
    {
        // White also where the last pixel is only partly the page's.
        var extents = cairo_rectangle_t(x: 0, y: 0, width: width.rounded(.up) + 1, height: height.rounded(.up) + 1)
        let surface = CairoSurface(cairo_recording_surface_create(CAIRO_CONTENT_COLOR_ALPHA, &extents))
        try surface.withContext { context throws(DocumentError) in
            try picture.drawOnWhite(context, width: width, height: height)
        }
        return surface
    }

    private static func painted(_ picture: SVGPicture, width: Double, height: Double, fits: Bool) throws(DocumentError)
        -> DrawnZoom
    {
        let reduction =
            fits ? 1 : min((mostPixels / (width * height)).squareRoot(), mostPixelsASide / max(width, height))
        let paintedWidth = fits ? width : max(1, (width * reduction).rounded(.down))
        let paintedHeight = fits ? height : max(1, (height * reduction).rounded(.down))
        let surface = CairoSurface(
            cairo_image_surface_create(
                CAIRO_FORMAT_RGB24, CInt(paintedWidth.rounded(.up)), CInt(paintedHeight.rounded(.up))))
        try surface.withContext { context throws(DocumentError) in
            try picture.drawOnWhite(context, width: paintedWidth, height: paintedHeight)
        }
        return .painted(surface, scaleX: width / paintedWidth, scaleY: height / paintedHeight)
    }

    /// Draws the part of the page that begins at a whole pixel.
    func draw(on canvas: Canvas, x: Int, y: Int, isCancelled: () -> Bool) throws(DocumentError) {
        if case .painted(_, scaleX: 1, scaleY: 1) = self {
            return try draw(on: canvas, x: Double(x), y: Double(y), isCancelled: isCancelled)
        }
        let target = CairoSurface(sharing: canvas.surface)
        let (right, bottom) = (x + canvas.size.width, y + canvas.size.height)
        for top in stride(from: y / Self.block * Self.block, to: bottom, by: Self.block) {
            for left in stride(from: x / Self.block * Self.block, to: right, by: Self.block) {
                if isCancelled() { throw .cancelled }
                let block = CairoSurface(
                    cairo_image_surface_create(CAIRO_FORMAT_RGB24, CInt(Self.block), CInt(Self.block)))
                try replay(on: block, x: Double(-left), y: Double(-top))
                try target.withContext { context throws(DocumentError) in
                    cairo_set_source_surface(context, block.pointer, Double(left - x), Double(top - y))
                    cairo_paint(context)
                }
            }
        }
    }

    /// Draws the part of the page that begins anywhere between pixels. Belongs to no grid, so nothing has to join it.
    func draw(on canvas: Canvas, x: Double, y: Double, isCancelled: () -> Bool) throws(DocumentError) {
        if isCancelled() { throw .cancelled }
        try replay(on: CairoSurface(sharing: canvas.surface), x: -x, y: -y)
    }

    private func replay(on target: CairoSurface, x: Double, y: Double) throws(DocumentError) {
        switch self {
        case .recorded(let recording): try target.replay(recording, x: x, y: y)
        case .recordedAnew(let picture, let width, let height):
            try target.replay(try Self.recorded(picture, width: width, height: height), x: x, y: y)
        case .painted(let picture, let scaleX, let scaleY):
            try target.withContext { context throws(DocumentError) in
                cairo_translate(context, x, y)
                cairo_scale(context, scaleX, scaleY)
                cairo_set_source_surface(context, picture.pointer, 0, 0)
                cairo_pattern_set_filter(cairo_get_source(context), CAIRO_FILTER_BILINEAR)
                cairo_pattern_set_extend(cairo_get_source(context), CAIRO_EXTEND_PAD)
                cairo_paint(context)
            }
        }
    }
}

/// A `cairo_surface_t` that is let go of when nobody needs it any more.
final class CairoSurface {
    let pointer: OpaquePointer

    /// Takes over the caller's reference.
    init(_ pointer: OpaquePointer) { self.pointer = pointer }

    init(sharing pointer: OpaquePointer) { self.pointer = cairo_surface_reference(pointer) }

    deinit { cairo_surface_destroy(pointer) }

    /// - Throws: what `body` throws, `outOfMemory` where cairo failed.
    func withContext(_ body: (OpaquePointer) throws(DocumentError) -> Void) throws(DocumentError) {
        guard let context = cairo_create(pointer) else { throw .outOfMemory }
        defer { cairo_destroy(context) }
        try body(context)
        guard cairo_status(context) == CAIRO_STATUS_SUCCESS, cairo_surface_status(pointer) == CAIRO_STATUS_SUCCESS
        else {
            throw .outOfMemory
        }
    }

    /// Replaces all of this surface by a part of a recording.
    func replay(_ recording: CairoSurface, x: Double, y: Double) throws(DocumentError) {
        try withContext { context throws(DocumentError) in
            cairo_set_source_surface(context, recording.pointer, x, y)
            // The operator that lets cairo replay on the surface itself, without a picture in between.
            cairo_set_operator(context, CAIRO_OPERATOR_SOURCE)
            cairo_paint(context)
        }
    }
}
