// SPDX-License-Identifier: Apache-2.0

import CCairo
import Document
import TileModel

/// An open plain text. Nothing but the index of its pages is kept.
///
/// Its number of pages is unknown until the whole of it has been looked at. `pages(from:count:)` looks as far as the pages
/// it returns, so a structure stream finds them all in jobs of bounded length; `page(_:)` and what builds on it look as far
/// as that page in one go: about 0.2 s a gigabyte.
final class TextDocument: OpenDocument {
    private let source: any DocumentSource
    private let rule: TextPageRule
    private var index: TextPageIndex

    /// - Throws: `damaged`.
    init(_ source: any DocumentSource) throws(DocumentError) {
        let head = try source.bytes(0..<min(source.size, TextEncoding.headLength))
        guard source.size > head.markLength else { throw .damaged("the document is empty") }
        self.source = source
        rule = TextPageRule(encoding: TextEncoding(head: head, isWhole: head.count == source.size))
        index = TextPageIndex(source, rule: rule, start: head.markLength)
    }

    var summary: DocumentSummary {
        DocumentSummary(format: TextFormat.mediaType, pages: index.isComplete ? index.pages : nil, title: nil)
    }

    func pages(from first: Int, count: Int) throws -> [PageSummary] {
        guard first >= 1, count >= 1 else { return [] }
        let last = first > .max - count ? .max : first + count - 1
        try index.extend(to: last)
        guard first <= index.pages else { return [] }
        return (first...min(last, index.pages)).map(summary)
    }

    func page(_ page: Int) throws -> PageSummary {
        try find(page)
        return summary(of: page)
    }

    private func summary(of page: Int) -> PageSummary {
        PageSummary(page: page, geometry: TextPageRule.geometry, label: nil, tiles: .png)
    }

    func outline() throws -> [OutlineItem] { [] }

    private func find(_ page: Int) throws(DocumentError) {
        if page >= 1 { try index.extend(to: page) }
        guard page >= 1, page <= index.pages else {
            if !index.isComplete { try index.extend(to: .max) }
            throw .noSuchPage(pages: index.pages)
        }
    }

    func rows(of page: Int) throws(DocumentError) -> [TextRow] {
        try source.bytes(try range(of: page)).withUnsafeBytes { rule.layOut($0) }
    }

    /// The bytes of a page.
    func range(of page: Int) throws(DocumentError) -> Range<Int> {
        try find(page)
        return try index.range(of: page)
    }

    // MARK: Drawing

    func draw(
        page: Int, placement: TilePlacement, pageSize: PixelSize, on canvas: Canvas, isCancelled: @escaping () -> Bool
    ) throws {
        let rows = try rows(of: page)
        // The page scaled to whole pixels, and where on it the canvas begins.
        let (width, height, x, y) =
            switch placement {
            case .aligned(let size, let x, let y): (Double(size.width), Double(size.height), Double(x), Double(y))
            case .free(let scaleX, let scaleY, let originX, let originY):
                (Double(pageSize.width) * scaleX, Double(pageSize.height) * scaleY, originX, originY)
            }
        let (scaleX, scaleY) = (width / TextPageRule.geometry.width, height / TextPageRule.geometry.height)
        let visible = (y / scaleY)...((y + Double(canvas.size.height)) / scaleY)
        try CairoSurface(sharing: canvas.surface).withContext { context throws(DocumentError) in
            cairo_translate(context, -x, -y)
            cairo_scale(context, scaleX, scaleY)
            let painter = TextPainter(context)
            for (number, row) in rows.enumerated() where visible.overlaps(TextPainter.reach(ofRow: number)) {
                if isCancelled() { throw .cancelled }
                painter.draw(row, number: number)
            }
        }
    }

    /// The index keeps what it found and goes on from there.
    var forgetsFailedReads: Bool { true }

    var oldestPageUse: UInt64? { nil }

    func releaseOldestPage() {}

    // MARK: Words

    /// A box spans the cells of its word; that needs no font, and drawing keeps to the cells. Only a row that has anything
    /// written from right to left is shaped.
    func text(of page: Int) throws -> PageText {
        let rows = try rows(of: page)
        var painter: TextPainter?
        var words: [PageWord] = []
        for (number, row) in rows.enumerated() {
            let y = TextPageRule.top + Double(number) * TextPageRule.cellHeight
            let start = words.count
            if row.isBidirectional {
                let shaper = try painter ?? TextPainter.forMeasuring()
                painter = shaper
                words += shaper.words(of: row, y: y)
            } else {
                words += row.words().map { word in
                    PageWord(
                        text: String(decoding: word.text, as: UTF8.self),
                        box: PageBox(
                            x: TextPageRule.left + Double(word.column) * TextPageRule.cellWidth, y: y,
                            width: Double(word.columns) * TextPageRule.cellWidth, height: TextPageRule.cellHeight))
                }
            }
            guard words.count > start else { continue }
            let goesOn = row.isWrapped && row.endsInWord && number + 1 < rows.count && rows[number + 1].startsInWord
            words[words.count - 1].ending = goesOn ? .wrap : .line
        }
        return PageText(words: words)
    }
}
