// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Which tiles a viewer asks for: the rules of the viewer that the portal serves, 512-pixel tiles of a resolution from a
/// fixed list.
package struct TileGrid: Sendable {
    package let page: DocumentShape.Page
    /// By how much the page is reduced.
    package let reduction: Int

    package static let reductions = [32, 24, 16, 12, 8, 6, 5, 4, 3, 2, 1]
    private static let edge = 512

    /// The coarsest resolution that has a pixel for each pixel of a page shown that wide.
    package init(_ page: DocumentShape.Page, shownWidth: Double, reductions: [Int] = TileGrid.reductions) {
        self.page = page
        let wanted = shownWidth / Double(page.fullSize.width)
        reduction = reductions.first { 1 / Double($0) >= wanted * (1 - 1 / Double(Self.edge)) } ?? 1
    }

    /// The parts of tiles' addresses after the page that a window shows.
    /// - Parameters:
    ///   - top: of the window, as a part of the page's height from 0 to 1.
    ///   - aspect: height of the window divided by its width; the page fills the width.
    ///   - left: of the window, as a part of the page's width.
    ///   - share: of the page's width that the window shows.
    package func requests(top: Double, aspect: Double, left: Double = 0, share: Double = 1) -> [String] {
        let full = page.fullSize
        let region = Self.edge * reduction
        let shown = Double(full.width) * share
        let columns = span(Double(full.width) * left, shown, full.width, region)
        let rows = span(Double(full.height) * top, shown * aspect, full.height, region)
        return rows.flatMap { row in columns.map { column in request(column * region, row * region, region) } }
    }

    private func span(_ from: Double, _ length: Double, _ size: Int, _ region: Int) -> Range<Int> {
        let last = (size + region - 1) / region
        let first = min(max(0, Int(from) / region), last - 1)
        let end = min(last, Int((from + length) / Double(region)) + 1)
        return first..<max(first + 1, end)
    }

    private func request(_ x: Int, _ y: Int, _ region: Int) -> String {
        let full = page.fullSize
        let (width, height) = (min(region, full.width - x), min(region, full.height - y))
        let isWhole = width == full.width && height == full.height
        let pixels = { (edge: Int) in (edge + reduction - 1) / reduction }
        return (isWhole ? "full" : "\(x),\(y),\(width),\(height)")
            + "/\(pixels(width)),\(pixels(height))/0/default.\(page.tiles)"
    }
}
