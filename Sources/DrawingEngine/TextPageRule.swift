// SPDX-License-Identifier: Apache-2.0

import TileModel

/// Where a page of plain text ends. Bytes and columns decide, no font: every node cuts the same pages.
///
/// - A page is A4 upright (595 × 842 points) and has 60 rows of 80 columns, each cell 6 × 12 points, within margins of 57
///   points at the left and 61 at the top.
/// - LF, CR and CRLF end a line. The last line needs no end, and an end adds no empty line after it.
/// - A form feed ends its line and its page. One that comes when the 60 rows are full just ends the page.
/// - A character takes one column, a wide one (East Asian, emoji) two, a combining one none, a tab as many as lead to the
///   next multiple of 8. One that does not fit in 80 columns begins a new row; so does the 321st character of a row, which
///   bounds what combining characters can pile up.
/// - A byte order mark belongs to no page.
///
/// So a page has at most `mostBytes`, and where it ends can be told from its own bytes alone.
struct TextPageRule {
    /// To be raised with every change of the rule or of how rows are drawn.
    static let revision = 1

    static let columns = 80
    static let rows = 60
    static let tab = 8
    static let mostScalars = 320
    /// Four bytes a character, and up to two ends of two bytes each.
    static let mostBytes = rows * (mostScalars * 4 + 4) + 4

    static let geometry = PageGeometry(width: 595, height: 842, unit: .points)
    static let cellWidth = 6.0
    static let cellHeight = 12.0
    static let left = 57.0
    static let top = 61.0

    enum RowEnd {
        /// The row is full and the line goes on.
        case wrap
        case line
        case formFeed
        case document
    }

    let encoding: TextEncoding

    /// The end of the page that begins at `start`: the next page begins there, unless that is the end of the document.
    /// - Parameter bytes: from `start` on at least `mostBytes`, or up to the end of the document.
    func pageEnd(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
        TextCellWidth.table.withUnsafeBufferPointer { widths in
            var index = start
            for _ in 0..<Self.rows {
                guard index < bytes.count else { return bytes.count }
                let (next, end) = rowEnd(bytes, from: index, widths.baseAddress!)
                index = next
                if end == .formFeed { return index }
            }
            return index < bytes.count ? afterFormFeed(bytes, index) : index
        }
    }

    private func afterFormFeed(_ bytes: UnsafeRawBufferPointer, _ index: Int) -> Int {
        let (scalar, length) = encoding.decode(bytes, index)
        return scalar == 0x0C ? index + length : index
    }

    /// The rows of a page, of which `bytes` are all.
    func layOut(_ bytes: UnsafeRawBufferPointer) -> [TextRow] {
        TextCellWidth.table.withUnsafeBufferPointer { widths in
            var rows: [TextRow] = []
            var index = 0
            while index < bytes.count, rows.count < Self.rows {
                var row = TextRow()
                let end = scanRow(bytes, from: index, widths.baseAddress!) { row.append($0, column: $1, width: $2) }
                index = end.next
                row.isWrapped = end.end == .wrap
                rows.append(row)
            }
            return rows
        }
    }

    @inline(__always)
    private func rowEnd(_ bytes: UnsafeRawBufferPointer, from start: Int, _ widths: UnsafePointer<UInt8>) -> (
        next: Int, end: RowEnd
    ) {
        if encoding.unit == 1, let quick = quickRowEnd(bytes, from: start) { return quick }
        return scanRow(bytes, from: start, widths) { _, _, _ in }
    }

    /// A row of nothing but printable ASCII, eight bytes at a time: nil where the row has anything else.
    @inline(__always)
    private func quickRowEnd(_ bytes: UnsafeRawBufferPointer, from start: Int) -> (next: Int, end: RowEnd)? {
        // One more than the columns, to tell a line end after a full row from a character that does not fit.
        guard start + Self.columns + 8 <= bytes.count else { return nil }
        var length = 0
        while length <= Self.columns {
            let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: start + length, as: UInt64.self))
            // The high bit of each byte that is below 0x20 or above 0x7F; above the first such byte it may be wrong.
            let other = ((word &- 0x2020_2020_2020_2020) | word) & 0x8080_8080_8080_8080
            if other == 0 {
                length += 8
                continue
            }
            length += other.trailingZeroBitCount / 8
            guard length <= Self.columns else { break }
            switch bytes[start + length] {
            case 0x0A: return (start + length + 1, .line)
            case 0x0D where bytes[start + length + 1] != 0x0A: return (start + length + 1, .line)
            case 0x0D: return (start + length + 2, .line)
            default: return nil
            }
        }
        return (start + Self.columns, .wrap)
    }

    /// Every character of a row, whatever it is.
    @inline(__always)
    private func scanRow(
        _ bytes: UnsafeRawBufferPointer, from start: Int, _ widths: UnsafePointer<UInt8>,
        _ visit: (_ scalar: UInt32, _ column: Int, _ width: Int) -> Void
    ) -> (next: Int, end: RowEnd) {
        var (index, column, scalars) = (start, 0, 0)
        while index < bytes.count {
            let (scalar, length) = encoding.decode(bytes, index)
            var width = 1
            switch scalar {
            case 0x09: width = max(1, min(Self.tab - column % Self.tab, Self.columns - column))
            case 0x0A: return (index + length, .line)
            case 0x0C: return (index + length, .formFeed)
            case 0x0D:
                let next = index + length
                if next < bytes.count {
                    let (second, more) = encoding.decode(bytes, next)
                    if second == 0x0A { return (next + more, .line) }
                }
                return (next, .line)
            case 0x20..<0x7F: break
            // Control codes, which are shown as U+FFFD.
            case ..<0xA0: break
            default: width = TextCellWidth.columns(scalar, widths)
            }
            guard column + width <= Self.columns, scalars < Self.mostScalars else { return (index, .wrap) }
            visit(isControl(scalar) ? TextEncoding.replacement : scalar, column, width)
            column += width
            scalars += 1
            index += length
        }
        return (index, .document)
    }

    @inline(__always)
    private func isControl(_ scalar: UInt32) -> Bool { scalar < 0x20 && scalar != 9 || 0x7F..<0xA0 ~= scalar }
}
