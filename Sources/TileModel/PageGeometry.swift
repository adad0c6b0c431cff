// SPDX-License-Identifier: Apache-2.0

/// The size of a page as it is displayed: its own rotation is already applied.
package struct PageGeometry: Hashable, Sendable {
    package enum Unit: String, Sendable {
        /// A vector page, measured in points (1/72 inch).
        case points = "pt"
        /// A raster page, measured in its own pixels.
        case pixels = "px"
    }

    package let width: Double
    package let height: Double
    package let unit: Unit
    /// The rotation that the document asks for and that `width` and `height` already contain: 0, 90, 180 or 270.
    package let rotation: Int

    package init(width: Double, height: Double, unit: Unit, rotation: Int = 0) {
        self.width = width
        self.height = height
        self.unit = unit
        self.rotation = rotation
    }

    /// Pixels per point at which a vector page is announced.
    package static let pixelsPerPoint = 4.0

    /// The one function that gives a page's size in pixels. Everything that a client sees (info.json, regions,
    /// sizes) is in these.
    package var pixelSize: PixelSize {
        let scale = unit == .points ? Self.pixelsPerPoint : 1
        return PixelSize(width: Self.pixels(width * scale), height: Self.pixels(height * scale))
    }

    package var isVector: Bool { unit == .points }

    /// Damaged documents announce infinite, huge or undefined sizes; a pixel count stays within 1 ... 2^24.
    private static func pixels(_ value: Double) -> Int {
        guard value.isFinite else { return 1 }
        return Int(min(max(1, value.rounded()), 16_777_216))
    }
}

/// A size in whole pixels, each at least 1.
package struct PixelSize: Hashable, Sendable {
    package let width: Int
    package let height: Int

    package init(width: Int, height: Int) {
        self.width = width
        self.height = height
    }

    package var area: Int { width * height }
}

/// A rectangle in whole pixels of a page's `pixelSize`.
package struct PixelRegion: Hashable, Sendable {
    package let x: Int
    package let y: Int
    package let width: Int
    package let height: Int

    package init(x: Int, y: Int, width: Int, height: Int) {
        self.x = x
        self.y = y
        self.width = width
        self.height = height
    }
}
