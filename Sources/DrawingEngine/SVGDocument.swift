// SPDX-License-Identifier: Apache-2.0

import CCairo
import Document
import TileModel

/// An open SVG drawing: one page. Each zoom that is asked for is kept as a `DrawnZoom` until `releaseOldestPage`.
final class SVGDocument: OpenDocument {
    private let picture: SVGPicture
    private let clock: UseClock
    private let geometry: PageGeometry
    private var zooms: [PixelSize: Zoom] = [:]

    private struct Zoom {
        let drawn: DrawnZoom
        var lastUse: UInt64
    }

    /// A viewer has about this many zooms of one page.
    private static let mostZooms = 12
    /// cairo counts in 24 bits before the binary point.
    private static let mostPixelsASide = 4_000_000.0

    init(_ picture: SVGPicture, clock: UseClock) {
        self.picture = picture
        self.clock = clock
        geometry = PageGeometry(
            width: Self.points(picture.width), height: Self.points(picture.height), unit: .points)
    }

    /// 96 CSS pixels are an inch of 72 points; beyond a thousandth of a point there is only noise.
    private static func points(_ pixels: Double) -> Double { max(0.001, (pixels * 750).rounded() / 1000) }

    var summary: DocumentSummary { DocumentSummary(format: SVGFormat.mediaType, pages: 1, title: nil) }

    func pages(from first: Int, count: Int) throws -> [PageSummary] {
        first == 1 && count >= 1 ? [try page(1)] : []
    }

    func page(_ page: Int) throws -> PageSummary {
        guard page == 1 else { throw DocumentError.noSuchPage(pages: 1) }
        return PageSummary(page: 1, geometry: geometry, label: nil, tiles: .png)
    }

    func outline() throws -> [OutlineItem] { [] }

    // MARK: Drawing

    func draw(
        page: Int, placement: TilePlacement, pageSize: PixelSize, on canvas: Canvas, isCancelled: @escaping () -> Bool
    ) throws {
        _ = try self.page(page)
        if isCancelled() { throw DocumentError.cancelled }
        switch placement {
        case .aligned(let size, let x, let y):
            try zoom(size).draw(on: canvas, x: x, y: y, isCancelled: isCancelled)
        case .free(let scaleX, let scaleY, let originX, let originY):
            // Hardly ever the same twice.
            try drawn(Double(pageSize.width) * scaleX, Double(pageSize.height) * scaleY)
                .draw(on: canvas, x: originX, y: originY, isCancelled: isCancelled)
        }
    }

    private func drawn(_ width: Double, _ height: Double) throws(DocumentError) -> DrawnZoom {
        guard max(width, height) <= Self.mostPixelsASide else { throw .outOfMemory }
        return try DrawnZoom(picture, width: width, height: height)
    }

    private func zoom(_ size: PixelSize) throws(DocumentError) -> DrawnZoom {
        let now = clock.tick()
        if zooms[size] != nil {
            zooms[size]!.lastUse = now
            return zooms[size]!.drawn
        }
        if zooms.count >= Self.mostZooms { releaseOldestPage() }
        let drawn = try drawn(Double(size.width), Double(size.height))
        zooms[size] = Zoom(drawn: drawn, lastUse: now)
        return drawn
    }

    var oldestPageUse: UInt64? { zooms.values.map(\.lastUse).min() }

    func releaseOldestPage() {
        guard let oldest = zooms.min(by: { $0.value.lastUse < $1.value.lastUse }) else { return }
        zooms[oldest.key] = nil
    }
}
