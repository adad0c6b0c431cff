// SPDX-License-Identifier: Apache-2.0

import CCairo
import CPango
import CRsvg
import Document
import Glibc
import TileModel

/// What SVG and text have in common: the libraries below them, made ready before the sandbox closes.
enum DrawingLibraries {
    /// Everything below librsvg and Pango that decides a pixel, and the fonts of this machine.
    static let versions: String = {
        var library: FT_Library?
        var (major, minor, patch): (FT_Int, FT_Int, FT_Int) = (0, 0, 0)
        if FT_Init_FreeType(&library) == 0 {
            FT_Library_Version(library, &major, &minor, &patch)
            FT_Done_FreeType(library)
        }
        let fonts = String(FileDigest.inventory(of: fontFolders), radix: 16)
        return [
            "pango/\(String(cString: pango_version_string()))",
            "cairo/\(String(cString: cairo_version_string()))",
            "freetype/\(major).\(minor).\(patch)",
            "harfbuzz/\(String(cString: hb_version_string()))",
            "fontconfig/\(FcGetVersion())",
            "glib/\(glib_major_version).\(glib_minor_version).\(glib_micro_version)",
            "fonts/\(fonts)",
        ].joined(separator: " ")
    }()

    /// Fonts and the rules by which fontconfig chooses among them.
    private static let fontFolders = [
        "/usr/share/fonts", "/usr/local/share/fonts", "/etc/fonts", "/usr/share/fontconfig",
    ]

    /// And fontconfig's cache of what is in them.
    static let readableFolders = fontFolders + ["/var/cache/fontconfig"]

    /// Run once, by whichever format is made ready first.
    static let prepared: Void = {
        limitWhatIsLoaded()
        silence()
        _ = TextCellWidth.table
        warm()
    }()

    /// Image loaders besides the built-in PNG and JPEG, the mime database and the user's own fonts would be there before the
    /// sandbox closes and gone afterwards, and differ from node to node: they are never there.
    private static func limitWhatIsLoaded() {
        setenv("GDK_PIXBUF_MODULE_FILE", "/nonexistent", 1)
        setenv("XDG_DATA_DIRS", "/nonexistent", 1)
        setenv("XDG_DATA_HOME", "/nonexistent", 1)
        setenv("GIO_USE_VFS", "local", 1)
        setenv("GIO_USE_VOLUME_MONITOR", "unix", 1)
        setenv("GSETTINGS_BACKEND", "memory", 1)
        // A worker has one core; librsvg would start a thread for each that the machine has.
        setenv("RAYON_NUM_THREADS", "1", 1)
    }

    /// A hostile document could fill the log with glib's warnings about it.
    private static func silence() {
        g_log_set_writer_func({ _, _, _, _ in G_LOG_WRITER_HANDLED }, nil, nil)
    }

    /// Draws an embedded PNG, an embedded JPEG and several scripts, so that everything that a library loads on first use is
    /// loaded now.
    private static func warm() {
        let surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, 64, 64)
        let context = cairo_create(surface)
        defer {
            cairo_destroy(context)
            cairo_surface_destroy(surface)
        }
        guard let picture = try? SVGPicture(Array(warmUpPicture().utf8)) else { return }
        try? picture.draw(on: context!, width: 64, height: 64)
        var uncertain: gboolean = 0
        g_free(g_content_type_guess(nil, [0x89, 0x50, 0x4E, 0x47], 4, &uncertain))
        let painter = TextPainter(context!)
        for sample in warmUpText { painter.draw(TextRow(sample), number: 0) }
    }

    private static let warmUpText = [
        "The recto is the front of a leaf", "\u{3a9}\u{436}\u{2014}\u{2500}", "\u{5d0}\u{5d1} \u{627}\u{644}\u{639}",
        "\u{65e5}\u{672c}\u{8a9e}\u{d55c}", "\u{e44}\u{e17}\u{e22}\u{928}\u{92e}", "\u{1f600}\u{fffd}",
    ]

    private static func warmUpPicture() -> String {
        let images = [TileFormat.png, .jpg].map { format in
            "<image width='8' height='8' href='data:\(format.mediaType);base64,\(whitePixel(format))'/>"
        }
        let texts = ["sans-serif", "serif", "monospace"].map { family in
            "<text y='20' font-size='9' font-family='\(family)'>\(warmUpText.joined(separator: " "))"
                + "<tspan font-weight='bold' font-style='italic'>Recto</tspan></text>"
        }
        return """
            <svg xmlns="http://www.w3.org/2000/svg" width="64" height="64">
            <filter id="f"><feGaussianBlur stdDeviation="1"/><feTurbulence baseFrequency="1"/>
            <feDiffuseLighting><feDistantLight/></feDiffuseLighting><feColorMatrix/><feMorphology radius="1"/>
            <feConvolveMatrix order="3" kernelMatrix="0 0 0 0 1 0 0 0 0"/></filter>
            <g filter="url(#f)">\((images + texts).joined())</g></svg>
            """
    }

    private static func whitePixel(_ format: TileFormat) -> String {
        guard let canvas = try? Canvas(size: PixelSize(width: 1, height: 1)) else { return "" }
        guard let file = try? TileRenderer().encode(canvas, as: format) else { return "" }
        guard let text = g_base64_encode(file, gsize(file.count)) else { return "" }
        defer { g_free(text) }
        return String(cString: text)
    }
}
