// SPDX-License-Identifier: Apache-2.0

import CCairo
package import TileModel

/// Draws and encodes tiles of open documents. Used by one thread.
package final class TileRenderer {
    private let encoders = TileEncoders()

    package init() {}

    /// Everything that decides a tile's bytes but the document: engines, canvas and encoders with their settings.
    package static func fingerprint(_ formats: DocumentFormats) -> String {
        let canvas = "revision/\(revision) cairo/\(String(cString: cairo_version_string()))"
        // Formats that share an engine say the same.
        var engines: [String] = []
        for format in formats.all where !engines.contains(format.engine) { engines.append(format.engine) }
        return ([canvas] + engines + TileEncoders.all.map { $0.settings }).joined(separator: "; ")
    }

    /// To be raised with every change of our own that alters a tile's bytes.
    private static let revision = 3

    /// Draws the tile, without encoding it.
    /// - Parameter pageSize: the size for which the tile was worked out; checked against the page.
    package func draw(
        _ tile: Tile, pageSize: PixelSize, of document: any OpenDocument, isCancelled: @escaping () -> Bool
    ) throws -> Canvas {
        let summary = try document.page(tile.page)
        guard summary.geometry.pixelSize == pageSize else { throw DocumentError.pageSizeDiffers(summary) }
        let canvas = try Canvas(size: tile.size)
        let placement = TilePlacement(region: tile.region, size: tile.size, pageSize: pageSize)
        try document.draw(
            page: tile.page, placement: placement, pageSize: pageSize, on: canvas, isCancelled: isCancelled)
        let rotated = try canvas.rotated(tile.rotation, bounds: tile.outputSize)
        rotated.apply(tile.quality)
        return rotated
    }

    package func encode(_ canvas: Canvas, as format: TileFormat) throws(DocumentError) -> [UInt8] {
        try encoders.encode(canvas, as: format)
    }
}
