// SPDX-License-Identifier: Apache-2.0

import CCairo
import CPango
import CRsvg
import Document

/// A parsed SVG drawing.
///
/// Nothing outside it can be reached: librsvg takes references to files only below the folder of a base address, and there
/// is none; `data:` addresses hold PNG or JPEG, for which the loaders are built in.
final class SVGPicture {
    static let version = "\(LIBRSVG_MAJOR_VERSION).\(rsvg_minor_version).\(rsvg_micro_version)"

    private let handle: UnsafeMutablePointer<RsvgHandle>
    /// In CSS pixels of 1/96 inch.
    let width: Double
    let height: Double
    /// Whether librsvg draws some of it on pictures of its own as large as the whole page: filters and masks.
    let usesPagePictures: Bool
    let usesPatterns: Bool

    /// - Throws: `damaged`.
    init(_ xml: [UInt8]) throws(DocumentError) {
        // Kept by the stream for as long as it lives, and the stream goes before this function returns.
        let bytes = g_bytes_new(xml, gsize(xml.count))
        let stream = g_memory_input_stream_new_from_bytes(bytes)
        var error: UnsafeMutablePointer<GError>?
        let handle = rsvg_handle_new_from_stream_sync(stream, nil, RSVG_HANDLE_FLAGS_NONE, nil, &error)
        g_object_unref(stream)
        g_bytes_unref(bytes)
        guard let handle else { throw .damaged(Self.reason(&error)) }
        self.handle = handle
        rsvg_handle_set_dpi(handle, 96)
        (width, height) = Self.size(of: handle)
        // What a character reference or an encoded stylesheet hides from this costs memory, which is bounded elsewhere.
        usesPagePictures = XMLSignature.contains("filter", in: xml) || XMLSignature.contains("mask", in: xml)
        usesPatterns = XMLSignature.contains("pattern", in: xml)
        guard width > 0, height > 0, width.isFinite, height.isFinite else {
            g_object_unref(handle)
            throw .damaged("the drawing has no size")
        }
    }

    deinit { g_object_unref(handle) }

    /// The size that the drawing itself tells, else that of its view box, else of all that it draws, as rsvg-convert does.
    private static func size(of handle: UnsafeMutablePointer<RsvgHandle>) -> (Double, Double) {
        var (width, height) = (0.0, 0.0)
        if rsvg_handle_get_intrinsic_size_in_pixels(handle, &width, &height) != 0, width > 0, height > 0 {
            return (width, height)
        }
        var hasViewBox: gboolean = 0
        var viewBox = RsvgRectangle()
        rsvg_handle_get_intrinsic_dimensions(handle, nil, nil, nil, nil, &hasViewBox, &viewBox)
        if hasViewBox != 0, viewBox.width > 0, viewBox.height > 0 { return (viewBox.width, viewBox.height) }
        var ink = RsvgRectangle()
        guard rsvg_handle_get_geometry_for_element(handle, nil, &ink, nil, nil) != 0 else { return (0, 0) }
        return (ink.width, ink.height)
    }

    func drawOnWhite(_ context: OpaquePointer, width: Double, height: Double) throws(DocumentError) {
        cairo_set_source_rgb(context, 1, 1, 1)
        cairo_paint(context)
        try draw(on: context, width: width, height: height)
    }

    /// Draws the whole picture `width` × `height` units of the context large.
    /// - Throws: `damaged`.
    func draw(on context: OpaquePointer, width: Double, height: Double) throws(DocumentError) {
        cairo_save(context)
        defer { cairo_restore(context) }
        cairo_scale(context, width / self.width, height / self.height)
        var viewport = RsvgRectangle(x: 0, y: 0, width: self.width, height: self.height)
        var error: UnsafeMutablePointer<GError>?
        guard rsvg_handle_render_document(handle, context, &viewport, &error) != 0 else {
            throw .damaged(Self.reason(&error))
        }
        guard cairo_status(context) == CAIRO_STATUS_SUCCESS else { throw .outOfMemory }
    }

    private static func reason(_ error: inout UnsafeMutablePointer<GError>?) -> String {
        defer { g_clear_error(&error) }
        guard let message = error?.pointee.message else { return "the drawing cannot be read" }
        return String(cString: message)
    }
}
