// SPDX-License-Identifier: Apache-2.0

import CCairo
import CPango
import Document
import TileModel

/// Draws rows of text by Pango, black, keeping to the cells.
///
/// A run of plain characters is exactly as wide as its cells, since the font's size is chosen so. Wide characters are
/// spread over theirs. What comes from other fonts is squeezed where it would be wider than its cells. A row that has
/// anything from right to left is laid out as a whole by the Unicode bidirectional algorithm and, where that is its
/// direction, ends at the right margin.
final class TextPainter {
    private static let families =
        "DejaVu Sans Mono, Liberation Mono, Noto Sans Mono CJK JP, monospace"
    private static let fullWidth = TextPageRule.cellWidth * Double(TextPageRule.columns)
    /// From the top of a cell to the line on which letters stand.
    private static let ascent = 9.5

    private let context: OpaquePointer
    private let layout: OpaquePointer
    /// Keeps the surface of `forMeasuring`.
    private var surface: CairoSurface?

    /// - Parameter context: its units are points, and it begins at the page's top left corner. It must outlive the painter.
    convenience init(_ context: OpaquePointer) { self.init(context, fontSize: Self.fontSize) }

    private init(_ context: OpaquePointer, fontSize: Double) {
        self.context = context
        layout = pango_cairo_create_layout(context)
        let pango = pango_layout_get_context(layout)
        // Hinting would make letters and widths depend on the zoom.
        let options = cairo_font_options_create()
        cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE)
        cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF)
        cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY)
        pango_cairo_context_set_font_options(pango, options)
        cairo_font_options_destroy(options)
        pango_context_set_round_glyph_positions(pango, 0)
        pango_cairo_context_set_resolution(pango, 72)
        pango_layout_set_single_paragraph_mode(layout, 1)
        setFont(size: fontSize)
        cairo_set_source_rgb(context, 0, 0, 0)
    }

    deinit { g_object_unref(UnsafeMutableRawPointer(layout)) }

    static func forMeasuring() throws(DocumentError) -> TextPainter {
        let surface = CairoSurface(cairo_image_surface_create(CAIRO_FORMAT_A8, 1, 1))
        guard let context = cairo_create(surface.pointer), cairo_status(context) == CAIRO_STATUS_SUCCESS else {
            throw .outOfMemory
        }
        let painter = TextPainter(context)
        painter.surface = surface
        return painter
    }

    /// What a row may cover, in points from the page's top: marks above and below reach into the rows beside it.
    static func reach(ofRow number: Int) -> ClosedRange<Double> {
        let top = TextPageRule.top + Double(number) * TextPageRule.cellHeight
        return top - 2 * TextPageRule.cellHeight...top + 3 * TextPageRule.cellHeight
    }

    func draw(_ row: TextRow, number: Int) {
        let baseline = TextPageRule.top + Double(number) * TextPageRule.cellHeight + Self.ascent
        if row.isBidirectional {
            let (x, squeeze) = lay(row)
            show(x: x, baseline: baseline, squeeze: squeeze)
            return
        }
        for run in row.runs() {
            let width = Double(run.columns) * TextPageRule.cellWidth
            setText(run.text, spread: run.kind == .wide || run.kind == .emoji ? (width, run.characters) : nil)
            show(
                x: TextPageRule.left + Double(run.column) * TextPageRule.cellWidth, baseline: baseline,
                squeeze: min(1, width / max(naturalWidth, .leastNormalMagnitude)))
        }
    }

    /// The words of a row that has anything from right to left, in the order in which they are read.
    func words(of row: TextRow, y: Double) -> [PageWord] {
        let (x, squeeze) = lay(row)
        let text = row.text
        let blanks = text.indices.filter { text[$0] == 0x20 }
        return zip([-1] + blanks, blanks + [text.count]).compactMap { before, end in
            let start = before + 1
            guard start < end else { return nil }
            let (left, right) = extent(start, end)
            return PageWord(
                text: String(decoding: text[start..<end], as: UTF8.self),
                box: PageBox(
                    x: x + left * squeeze, y: y, width: (right - left) * squeeze, height: TextPageRule.cellHeight))
        }
    }

    /// Left and right of some bytes of the text that is laid out, in points from the layout's left.
    private func extent(_ start: Int, _ end: Int) -> (Double, Double) {
        var box = PangoRectangle()
        var (left, right) = (CInt.max, CInt.min)
        for index in start..<end {
            pango_layout_index_to_pos(layout, CInt(index), &box)
            left = min(left, box.x, box.x + box.width)
            right = max(right, box.x, box.x + box.width)
        }
        return (Double(left) / Double(PANGO_SCALE), Double(right) / Double(PANGO_SCALE))
    }

    // MARK: Layout

    private func lay(_ row: TextRow) -> (x: Double, squeeze: Double) {
        setText(row.text, spread: nil)
        let squeeze = min(1, Self.fullWidth / max(naturalWidth, 1))
        let endsAtRight = pango_layout_get_direction(layout, 0) == PANGO_DIRECTION_RTL
        return (TextPageRule.left + (endsAtRight ? Self.fullWidth - naturalWidth * squeeze : 0), squeeze)
    }

    /// - Parameter spread: a width over which so many characters are to be spread.
    private func setText(_ text: [UInt8], spread: (width: Double, characters: Int)?) {
        pango_layout_set_attributes(layout, nil)
        text.withUnsafeBytes {
            pango_layout_set_text(layout, $0.baseAddress?.assumingMemoryBound(to: CChar.self), CInt($0.count))
        }
        guard let spread, spread.characters > 0 else { return }
        let spacing = (spread.width - naturalWidth) / Double(spread.characters)
        guard spacing > 0 else { return }
        let attributes = pango_attr_list_new()
        pango_attr_list_insert(attributes, pango_attr_letter_spacing_new(CInt(spacing * Double(PANGO_SCALE))))
        pango_layout_set_attributes(layout, attributes)
        pango_attr_list_unref(attributes)
    }

    private var naturalWidth: Double {
        var width: CInt = 0
        pango_layout_get_size(layout, &width, nil)
        return Double(width) / Double(PANGO_SCALE)
    }

    private func show(x: Double, baseline: Double, squeeze: Double) {
        cairo_save(context)
        defer { cairo_restore(context) }
        cairo_translate(context, x, baseline)
        if squeeze < 0.999 { cairo_scale(context, squeeze, 1) }
        cairo_move_to(context, 0, 0)
        pango_cairo_show_layout_line(context, pango_layout_get_line_readonly(layout, 0))
    }

    // MARK: Font

    private func setFont(size: Double) {
        let font = pango_font_description_new()
        pango_font_description_set_family(font, Self.families)
        pango_font_description_set_absolute_size(font, size * Double(PANGO_SCALE))
        pango_layout_set_font_description(layout, font)
        pango_font_description_free(font)
    }

    /// At which a figure of the first font is as wide as a cell.
    private static let fontSize: Double = {
        guard let context = cairo_create(CairoSurface(cairo_image_surface_create(CAIRO_FORMAT_A8, 1, 1)).pointer) else {
            return 10
        }
        defer { cairo_destroy(context) }
        let painter = TextPainter(context, fontSize: 1000)
        painter.setText(Array("0".utf8), spread: nil)
        let width = painter.naturalWidth
        return width > 0 ? TextPageRule.cellWidth * 1000 / width : 10
    }()
}
