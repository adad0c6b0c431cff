// SPDX-License-Identifier: Apache-2.0

/// Where a tile lies on the page once the whole page is scaled to the tile's zoom.
///
/// Tiles of one zoom must join without a seam. IIIF clients ask for the tiles of a zoom with scale factor `s` as
/// regions of `512 s` pixels and sizes `ceil(width / s)`; at the right and bottom edges that is not exactly the
/// scale `1 / s`. If every tile took its scale from its own region and size, edge tiles would be drawn slightly
/// narrower than their neighbours. So a request that fits a scale factor is drawn as a part of the page at the size
/// `ceil(page / s)`, at a whole-pixel offset; that is also what the page in one piece at that size is.
package enum TilePlacement: Hashable, Sendable {
    /// The page scaled to `page` pixels, of which the tile starts at `x`, `y`.
    case aligned(page: PixelSize, x: Int, y: Int)
    /// Any other region and size: scale factors and the tile's origin on the scaled page.
    case free(scaleX: Double, scaleY: Double, originX: Double, originY: Double)

    package init(region: PixelRegion, size: PixelSize, pageSize: PixelSize) {
        if let aligned = Self.enlarged(region, size, pageSize) ?? Self.reduced(region, size, pageSize) {
            self = aligned
        } else if region.x == 0, region.y == 0, region.width == pageSize.width, region.height == pageSize.height {
            self = .aligned(page: size, x: 0, y: 0)
        } else {
            let (scaleX, scaleY) = (
                Double(size.width) / Double(region.width), Double(size.height) / Double(region.height)
            )
            self = .free(
                scaleX: scaleX, scaleY: scaleY, originX: Double(region.x) * scaleX, originY: Double(region.y) * scaleY)
        }
    }

    /// A whole enlargement `u`: each page pixel becomes `u × u`.
    private static func enlarged(_ region: PixelRegion, _ size: PixelSize, _ page: PixelSize) -> Self? {
        let factor = size.width / region.width
        guard factor >= 1, factor * region.width == size.width, factor * region.height == size.height else {
            return nil
        }
        return .aligned(
            page: PixelSize(width: page.width * factor, height: page.height * factor), x: region.x * factor,
            y: region.y * factor)
    }

    /// A whole scale factor `s`. A tile that ends at the page's edge may be narrower than `s × size`, so several factors
    /// can fit; the largest is the zoom of a viewer that shows that tile beside full ones.
    private static func reduced(_ region: PixelRegion, _ size: PixelSize, _ page: PixelSize) -> Self? {
        let atRight = region.x + region.width == page.width
        let atBottom = region.y + region.height == page.height
        func fits(_ factor: Int, _ start: Int, _ length: Int, _ wanted: Int, _ atEdge: Bool) -> Bool {
            guard start.isMultiple(of: factor) else { return false }
            return atEdge ? (length + factor - 1) / factor == wanted : length == wanted * factor
        }
        // From region = ceil-ed size × factor: factor lies in [length / wanted, length / (wanted - 1)).
        let low = (region.width + size.width - 1) / size.width
        let high = size.width > 1 ? (region.width - 1) / (size.width - 1) : 1 << 12
        guard low <= high else { return nil }
        for factor in stride(from: min(high, low + (1 << 12)), through: max(low, 2), by: -1)
        where fits(factor, region.x, region.width, size.width, atRight)
            && fits(factor, region.y, region.height, size.height, atBottom)
        {
            return .aligned(
                page: PixelSize(
                    width: (page.width + factor - 1) / factor, height: (page.height + factor - 1) / factor),
                x: region.x / factor, y: region.y / factor)
        }
        return nil
    }
}
