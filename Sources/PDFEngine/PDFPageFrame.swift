// SPDX-License-Identifier: Apache-2.0

import CPDFium
import Document
import TileModel

/// Leads from a page's own space (y upwards, from wherever its boxes begin) to the page as it is shown.
struct PDFPageFrame {
    private let left, bottom, right, top: Double
    private let rotation: Int

    /// What PDFium shows of a page is the crop box within the media box.
    /// - Parameter page: need not have been parsed.
    init?(_ page: FPDF_PAGE) {
        var box = FS_RECTF()
        guard FPDF_GetPageBoundingBox(page, &box) != 0 else { return nil }
        left = Double(min(box.left, box.right))
        right = Double(max(box.left, box.right))
        bottom = Double(min(box.bottom, box.top))
        top = Double(max(box.bottom, box.top))
        rotation = (Int(FPDFPage_GetRotation(page)) % 4 + 4) % 4
    }

    func point(_ x: Double, _ y: Double) -> (x: Double, y: Double) {
        switch rotation {
        case 0: (x - left, top - y)
        case 1: (y - bottom, x - left)
        case 2: (right - x, y - bottom)
        default: (top - y, right - x)
        }
    }

    /// A destination names a corner, or one coordinate of it; which one it is on the screen depends on the rotation.
    func position(x: Double?, y: Double?) -> PagePosition? {
        guard x != nil || y != nil else { return nil }
        let (shownX, shownY) = point(x ?? 0, y ?? 0)
        let isTurned = rotation % 2 == 1
        let hasX = isTurned ? y != nil : x != nil
        let hasY = isTurned ? x != nil : y != nil
        return PagePosition(x: hasX ? Self.rounded(shownX) : nil, y: hasY ? Self.rounded(shownY) : nil)
    }

    func box(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double) -> PageBox {
        let (a, b) = (point(x1, y1), point(x2, y2))
        let (x, y) = (min(a.x, b.x), min(a.y, b.y))
        return PageBox(
            x: Self.rounded(x), y: Self.rounded(y), width: Self.rounded(max(a.x, b.x) - x),
            height: Self.rounded(max(a.y, b.y) - y))
    }

    /// A hundredth of a point is finer than any screen. Damaged pages have numbers that are none.
    private static func rounded(_ value: Double) -> Double {
        value.isFinite ? (min(max(value, -1e6), 1e6) * 100).rounded() / 100 : 0
    }
}
