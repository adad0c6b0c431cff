// SPDX-License-Identifier: Apache-2.0

import CCairo
import Document
import TileModel

/// An SVG page at one zoom, from which tiles are taken.
///
/// librsvg draws filters and masks on pictures as large as the whole page, whatever part of it is wanted, and a recording
/// would keep every one of them. So a page with filters or masks is kept as one picture; beyond `mostPixels` it is drawn
/// as large as that allows and enlarged. Every other page is recorded, at exactly the zoom at which it is replayed: line
/// widths and patterns come out wrong otherwise.
enum DrawnZoom {
    /// Drawn anew each time, `width` × `height` pixels large.
    case direct(SVGPicture, width: Double, height: Double)
    case recorded(CairoSurface, width: Double, height: Double)
    /// A picture of the page and what it is to be multiplied by.
    case painted(CairoSurface, scaleX: Double, scaleY: Double)

    /// Of a picture of the whole page: 128 MB, of which librsvg may need several at a time.
    private static let mostPixels = 32_000_000.0
    /// Of a cairo image surface.
    private static let mostPixelsASide = 32_767.0
    /// Rows after which a replay asks whether it is still wanted.
    private static let bandHeight = 256.0
    private static let apron = 8.0

    /// For one drawing.
    static func passing(_ picture: SVGPicture, width: Double, height: Double) throws(DocumentError) -> DrawnZoom {
        fits(width, height)
            ? .direct(picture, width: width, height: height) : try kept(picture, width: width, height: height)
    }

    /// For tiles.
    static func kept(_ picture: SVGPicture, width: Double, height: Double) throws(DocumentError) -> DrawnZoom {
        picture.usesPagePictures || picture.usesPatterns && fits(width, height)
            ? try painted(picture, width: width, height: height) : try recorded(picture, width: width, height: height)
    }

    private static func fits(_ width: Double, _ height: Double) -> Bool {
        width * height <= mostPixels && max(width, height) <= mostPixelsASide
    }

    private static func recorded(_ picture: SVGPicture, width: Double, height: Double) throws(DocumentError) -> DrawnZoom
    {
        var extents = cairo_rectangle_t(x: 0, y: 0, width: width.rounded(.up), height: height.rounded(.up))
        let surface = CairoSurface(cairo_recording_surface_create(CAIRO_CONTENT_COLOR_ALPHA, &extents))
        try surface.withContext { context throws(DocumentError) in
            cairo_set_source_rgb(context, 1, 1, 1)
            cairo_paint(context)
            try picture.draw(on: context, width: width, height: height)
        }
        return .recorded(surface, width: width, height: height)
    }

    private static func painted(_ picture: SVGPicture, width: Double, height: Double) throws(DocumentError) -> DrawnZoom {
        let reduction = min(1, (mostPixels / (width * height)).squareRoot(), mostPixelsASide / max(width, height))
        let (paintedWidth, paintedHeight) = (
            max(1, (width * reduction).rounded(.down)), max(1, (height * reduction).rounded(.down))
        )
        let (columns, rows) = reduction < 1 ? (paintedWidth, paintedHeight) : (width.rounded(.up), height.rounded(.up))
        let surface = CairoSurface(cairo_image_surface_create(CAIRO_FORMAT_RGB24, CInt(columns), CInt(rows)))
        try surface.withContext { context throws(DocumentError) in
            cairo_set_source_rgb(context, 1, 1, 1)
            cairo_paint(context)
            try picture.draw(
                on: context, width: reduction < 1 ? paintedWidth : width, height: reduction < 1 ? paintedHeight : height)
        }
        return .painted(
            surface, scaleX: reduction < 1 ? width / paintedWidth : 1, scaleY: reduction < 1 ? height / paintedHeight : 1)
    }

    /// Draws the part that begins at `x`, `y`.
    func draw(on canvas: Canvas, x: Double, y: Double, isCancelled: () -> Bool) throws(DocumentError) {
        let target = CairoSurface(sharing: canvas.surface)
        switch self {
        case .direct(let picture, let width, let height):
            try target.withContext { context throws(DocumentError) in
                cairo_translate(context, -x, -y)
                try picture.draw(on: context, width: width, height: height)
            }
        case .recorded(let recording, let width, let height):
            try Self.replay(
                recording, page: (width, height), on: canvas, x: x, y: y, isCancelled: isCancelled)
        case .painted(let picture, let scaleX, let scaleY):
            if isCancelled() { throw .cancelled }
            try target.withContext { context throws(DocumentError) in
                cairo_translate(context, -x, -y)
                cairo_scale(context, scaleX, scaleY)
                cairo_set_source_surface(context, picture.pointer, 0, 0)
                let pattern = cairo_get_source(context)
                cairo_pattern_set_filter(pattern, scaleX == 1 && scaleY == 1 ? CAIRO_FILTER_NEAREST : CAIRO_FILTER_BILINEAR)
                cairo_pattern_set_extend(pattern, CAIRO_EXTEND_PAD)
                cairo_paint(context)
            }
        }
    }

    /// cairo cuts shapes off at the border of what it draws, which moves their edges there by up to a sixteenth of a pixel.
    /// So a little more is drawn around the part, as far as the page goes, and what is beside it thrown away.
    private static func replay(
        _ recording: CairoSurface, page: (width: Double, height: Double), on canvas: Canvas, x: Double, y: Double,
        isCancelled: () -> Bool
    ) throws(DocumentError) {
        let (left, top) = (min(apron, max(0, x)).rounded(.down), min(apron, max(0, y)).rounded(.down))
        let (width, height) = (Double(canvas.size.width), Double(canvas.size.height))
        let right = min(apron, max(0, page.width - x - width)).rounded(.up)
        let bottom = min(apron, max(0, page.height - y - height)).rounded(.up)
        let larger = CairoSurface(
            cairo_image_surface_create(CAIRO_FORMAT_RGB24, CInt(left + width + right), CInt(top + height + bottom)))
        let rows = top + height + bottom
        for band in stride(from: 0, to: rows, by: bandHeight) {
            if isCancelled() { throw .cancelled }
            try larger.withContext { context throws(DocumentError) in
                cairo_rectangle(context, 0, band, left + width + right, min(bandHeight, rows - band))
                cairo_clip(context)
                cairo_set_source_surface(context, recording.pointer, left - x, top - y)
                cairo_set_operator(context, CAIRO_OPERATOR_SOURCE)
                cairo_paint(context)
            }
        }
        try CairoSurface(sharing: canvas.surface).withContext { context throws(DocumentError) in
            cairo_set_source_surface(context, larger.pointer, -left, -top)
            cairo_set_operator(context, CAIRO_OPERATOR_SOURCE)
            cairo_paint(context)
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
        guard cairo_status(context) == CAIRO_STATUS_SUCCESS, cairo_surface_status(pointer) == CAIRO_STATUS_SUCCESS else {
            throw .outOfMemory
        }
    }
}
