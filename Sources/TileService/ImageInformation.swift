// SPDX-License-Identifier: Apache-2.0

import HTTPService
import TileModel

/// A page's `info.json` (IIIF Image API 3.0, section 5).
struct ImageInformation {
    let id: String
    let size: PixelSize
    let limit: PixelLimit
    let preferred: TileFormat
    let rights: String?

    static let context = "http://iiif.io/api/image/3/context.json"

    private static let tileSide = 512

    var json: JSON {
        .compact([
            ("@context", .string(Self.context)),
            ("id", .string(id)),
            ("type", .string("ImageService3")),
            ("protocol", .string("http://iiif.io/api/image")),
            ("profile", .string("level2")),
            ("width", .int(size.width)),
            ("height", .int(size.height)),
            ("maxArea", .int(limit.area)),
            ("sizes", .array(sizes)),
            (
                "tiles",
                .array([
                    .object([
                        ("width", .int(Self.tileSide)), ("height", .int(Self.tileSide)),
                        ("scaleFactors", .array(scaleFactors.map(JSON.int))),
                    ])
                ])
            ),
            ("rights", .optional(rights)),
            ("preferredFormats", .array([.string(preferred.rawValue)])),
            ("extraFormats", .array([.string("webp")])),
            ("extraQualities", .array(["color", "gray", "bitonal"].map(JSON.string))),
            (
                "extraFeatures",
                .array(
                    ["canonicalLinkHeader", "mirroring", "profileLinkHeader", "rotationArbitrary", "sizeUpscaling"].map(
                        JSON.string))
            ),
        ])
    }

    /// Powers of two up to the one at which the page is a single tile.
    private var scaleFactors: [Int] {
        var factors = [1]
        while max(size.width, size.height) > Self.tileSide * factors[factors.count - 1] {
            factors.append(factors[factors.count - 1] * 2)
        }
        return factors
    }

    /// The whole page at each scale factor, smallest first, as far as the limit allows.
    private var sizes: [JSON] {
        scaleFactors.reversed().map { factor in
            PixelSize(width: (size.width + factor - 1) / factor, height: (size.height + factor - 1) / factor)
        }
        .filter { $0.area <= limit.area }
        .map { .object([("width", .int($0.width)), ("height", .int($0.height))]) }
    }
}
