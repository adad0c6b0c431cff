// SPDX-License-Identifier: Apache-2.0

import CPDFium
import Document
import TileModel

/// The text of a parsed page. To be let go before the page is closed.
final class PDFTextPage {
    private let handle: FPDF_TEXTPAGE
    private let frame: PDFPageFrame
    /// One a character, line feeds at line ends, 0 where PDFium knows no character.
    let scalars: [UInt32]

    /// A page of a book has 3,000; the most that hostile pages get read of.
    private static let mostCharacters = 1 << 20

    init?(_ page: FPDF_PAGE) {
        guard let frame = PDFPageFrame(page), let handle = FPDFText_LoadPage(page) else { return nil }
        self.frame = frame
        self.handle = handle
        let count = min(max(0, Int(FPDFText_CountChars(handle))), Self.mostCharacters)
        scalars = [UInt32](unsafeUninitializedCapacity: count) { buffer, initialised in
            for index in 0..<count { buffer[index] = FPDFText_GetUnicode(handle, CInt(index)) }
            initialised = count
        }
    }

    deinit { FPDFText_ClosePage(handle) }

    /// A character's advance by its font's height, so that the boxes of a line are one strip; together with the glyph, where
    /// that is larger.
    func box(_ index: Int) -> PageBox? {
        var loose = FS_RECTF()
        var (left, right, bottom, top) = (0.0, 0.0, 0.0, 0.0)
        let hasLoose = FPDFText_GetLooseCharBox(handle, CInt(index), &loose) != 0
        let hasTight = FPDFText_GetCharBox(handle, CInt(index), &left, &right, &bottom, &top) != 0
        let strip =
            hasLoose ? shown(Double(loose.left), Double(loose.top), Double(loose.right), Double(loose.bottom)) : nil
        let glyph = hasTight ? shown(left, top, right, bottom) : nil
        guard let strip, let glyph else { return strip ?? glyph }
        return strip.union(glyph)
    }

    private func shown(_ left: Double, _ top: Double, _ right: Double, _ bottom: Double) -> PageBox? {
        guard left != right || top != bottom else { return nil }
        return frame.box(left, top, right, bottom)
    }

    // MARK: Words

    func words() -> [PageWord] {
        var words: [PageWord] = []
        var start = 0
        for index in scalars.indices {
            let scalar = scalars[index]
            if FoldedText.isHyphenMark(scalar) {
                append(start..<index + 1, .hyphen, to: &words)
            } else if FoldedText.isSpace(scalar) {
                append(start..<index, .space, to: &words)
                if FoldedText.isLineEnd(scalar), let last = words.indices.last, words[last].ending == .space {
                    words[last].ending = .line
                }
            } else {
                continue
            }
            start = index + 1
        }
        append(start..<scalars.count, .line, to: &words)
        return words
    }

    private func append(_ range: Range<Int>, _ ending: PageWord.Ending, to words: inout [PageWord]) {
        var text = String.UnicodeScalarView()
        var box: PageBox?
        for index in range {
            guard let scalar = Self.visible(scalars, index) else { continue }
            text.append(scalar)
            if let other = self.box(index) { box = box?.union(other) ?? other }
        }
        guard !text.isEmpty, let box else { return }
        words.append(PageWord(text: String(text), box: box, ending: ending))
    }

    /// The character, also of the first of two surrogates, which some fonts' tables give one by one.
    private static func visible(_ scalars: [UInt32], _ index: Int) -> Unicode.Scalar? {
        let value = scalars[index]
        if FoldedText.isHyphenMark(value) { return "-" }
        if (0xD800..<0xDC00).contains(value), index + 1 < scalars.count,
            (0xDC00..<0xE000).contains(scalars[index + 1])
        {
            return Unicode.Scalar(0x10000 + (value - 0xD800) << 10 + (scalars[index + 1] - 0xDC00))
        }
        guard value >= 0x20, let scalar = Unicode.Scalar(value) else { return nil }
        return scalar
    }

    // MARK: Hits

    /// Boxes around a range of characters, one a line.
    func boxes(_ range: Range<Int>) -> [PageBox] {
        var boxes: [PageBox] = []
        var startsLine = true
        for index in range {
            let scalar = scalars[index]
            if FoldedText.isSpace(scalar) {
                if FoldedText.isLineEnd(scalar) { startsLine = true }
                continue
            }
            if let box = box(index) {
                if startsLine || Self.isFar(box, from: boxes.last) {
                    boxes.append(box)
                } else {
                    boxes[boxes.count - 1] = boxes[boxes.count - 1].union(box)
                }
                startsLine = false
            }
            if FoldedText.isHyphenMark(scalar) { startsLine = true }
        }
        return boxes
    }

    /// Columns whose lines PDFium took for one.
    private static func isFar(_ box: PageBox, from line: PageBox?) -> Bool {
        guard let line else { return true }
        let across = max(box.x - line.x - line.width, line.x - box.x - box.width)
        let down = max(box.y - line.y - line.height, line.y - box.y - box.height)
        return max(across, down) > 4 * max(box.width, box.height)
    }
}
