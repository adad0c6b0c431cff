// SPDX-License-Identifier: Apache-2.0

/// A tile that a page really has: an `ImageRequest` worked out against the page's size. Requests that mean the same
/// picture give equal values.
package struct Tile: Hashable, Sendable {
    /// 1-based.
    package let page: Int
    package let region: PixelRegion
    /// The size of the region once scaled, before rotation.
    package let size: PixelSize
    package let rotation: TileRotation
    package let quality: TileQuality
    package let format: TileFormat
    /// The region is the whole page.
    package let isWholePage: Bool
    /// The size is what `max` gives.
    package let isMaximal: Bool

    package init(
        page: Int, region: PixelRegion, size: PixelSize, rotation: TileRotation = .none,
        quality: TileQuality = .default, format: TileFormat, isWholePage: Bool = false, isMaximal: Bool = false
    ) {
        self.page = page
        self.region = region
        self.size = size
        self.rotation = rotation
        self.quality = quality
        self.format = format
        self.isWholePage = isWholePage
        self.isMaximal = isMaximal
    }

    /// The size of the picture, rotation included.
    package var outputSize: PixelSize {
        guard let quarters = rotation.quarterTurns else { return rotatedBounds }
        return quarters.isMultiple(of: 2) ? size : PixelSize(width: size.height, height: size.width)
    }

    /// The canonical form of the request (IIIF Image API 3.0, section 4.7): `region/size/rotation/quality.format`.
    package var canonicalRequest: String {
        let enlarged = size.width > region.width || size.height > region.height
        let region =
            isWholePage ? "full" : "\(self.region.x),\(self.region.y),\(self.region.width),\(self.region.height)"
        let size = isMaximal ? "max" : "\(self.size.width),\(self.size.height)"
        let degrees =
            rotation.degrees == rotation.degrees.rounded()
            ? "\(Int(rotation.degrees))" : "\(rotation.degrees)"
        return
            "\(region)/\(enlarged ? "^" : "")\(size)/\(rotation.mirrored ? "!" : "")\(degrees)/\(quality.rawValue).\(format.rawValue)"
    }
}
