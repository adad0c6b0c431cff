// SPDX-License-Identifier: Apache-2.0

/// An IIIF Image API 3.0 request as it is written in a URL, before the page's size is known.
///
/// Source of syntax and meaning: IIIF Image API 3.0, section 4.
package struct ImageRequest: Hashable, Sendable {
    package enum Region: Hashable, Sendable {
        case full
        case square
        case pixels(x: Int, y: Int, width: Int, height: Int)
        case percent(x: Double, y: Double, width: Double, height: Double)
    }

    package enum Size: Hashable, Sendable {
        case max
        case width(Int)
        case height(Int)
        case percent(Double)
        case exactly(width: Int, height: Int)
        case within(width: Int, height: Int)
    }

    package let region: Region
    package let size: Size
    /// `^`: the result may be larger than the region.
    package let mayEnlarge: Bool
    package let rotation: TileRotation
    package let quality: TileQuality
    package let format: TileFormat

    package init(
        region: Region, size: Size, mayEnlarge: Bool = false, rotation: TileRotation = .none,
        quality: TileQuality = .default, format: TileFormat
    ) {
        self.region = region
        self.size = size
        self.mayEnlarge = mayEnlarge
        self.rotation = rotation
        self.quality = quality
        self.format = format
    }
}

/// A turn clockwise, after an optional mirroring at the vertical axis.
package struct TileRotation: Hashable, Sendable {
    package let mirrored: Bool
    /// Degrees clockwise, 0 ..< 360.
    package let degrees: Double

    package init(mirrored: Bool = false, degrees: Double) {
        self.mirrored = mirrored
        // A ten-thousandth of a degree moves no pixel of any picture, and has no exponent when it is written.
        let rounded = (degrees * 10_000).rounded() / 10_000
        self.degrees = rounded == 360 ? 0 : rounded
    }

    package static let none = TileRotation(degrees: 0)

    /// The number of quarter turns, or nil for an angle in between.
    package var quarterTurns: Int? {
        degrees.truncatingRemainder(dividingBy: 90) == 0 ? Int(degrees) / 90 : nil
    }
}

package enum TileQuality: String, Hashable, Sendable, CaseIterable {
    case `default`
    case color
    case gray
    case bitonal
}

package enum TileFormat: String, Hashable, Sendable, CaseIterable {
    case png
    case jpg
    case webp

    package var mediaType: String {
        switch self {
        case .png: "image/png"
        case .jpg: "image/jpeg"
        case .webp: "image/webp"
        }
    }
}
