// SPDX-License-Identifier: Apache-2.0

import CVips
import TileModel

/// A picture made smaller by a whole factor: first as the decoder itself can, then by averaging boxes anchored at the
/// stored picture's first pixel.
struct Reduction: Hashable {
    /// 1, or that of one of `PictureFile.ownReductions`.
    var load: Int
    var box: Int

    var factor: Int { load * box }

    func loaded(_ length: Int) -> Int { (length + load - 1) / load }
    func reduced(_ length: Int) -> Int { (loaded(length) + box - 1) / box }
}

/// One axis of a tile, in the stored picture's orientation: output pixel i shows the scaled picture's pixel `origin` + i.
struct TileAxis {
    /// Scaled pixels a stored pixel.
    var scale: Double
    var origin: Double
    var out: Int

    /// Seen from the other end of a picture of `length` stored pixels.
    func flipped(_ length: Int) -> TileAxis {
        TileAxis(scale: scale, origin: Double(length) * scale - Double(out) - origin, out: out)
    }
}

/// How the pixels of a tile come from a stored picture. Decided by the file and the request alone, never by what happens
/// to be decoded already, because every node must answer with the same bytes.
enum RasterScale {
    /// The tile is a part of the reduced picture.
    case whole(Reduction, Region)
    /// The tile is resampled from the reduced picture.
    case resampled(Reduction, horizontal: TileAxis, vertical: TileAxis)

    init(_ placement: TilePlacement, canvas: PixelSize, picture: StoredPicture, ownReductions: [OwnReduction]) {
        let page = picture.displayed
        let squared = picture.squared
        let isSquare = squared.width == picture.width && squared.height == picture.height
        let across: TileAxis
        let down: TileAxis
        var factor: Int?
        switch placement {
        case .aligned(let size, let x, let y):
            // Averages of whole boxes would keep the shape of stored pixels.
            factor = isSquare ? Self.factor(from: page, to: size) : nil
            across = TileAxis(
                scale: Double(size.width) / Double(page.width), origin: Double(x), out: canvas.width)
            down = TileAxis(scale: Double(size.height) / Double(page.height), origin: Double(y), out: canvas.height)
        case .free(let scaleX, let scaleY, let originX, let originY):
            across = TileAxis(scale: scaleX, origin: originX, out: canvas.width)
            down = TileAxis(scale: scaleY, origin: originY, out: canvas.height)
        }
        if let factor, case .aligned(_, let x, let y) = placement {
            let own = ownReductions.first { own in
                factor.isMultiple(of: own.load) && own.fits(factor / own.load, picture)
            }
            let load = own?.load ?? 1
            let reduction = Reduction(load: load, box: factor / load)
            let region = Self.region(x, y, canvas, in: picture, reduction)
            let size = (reduction.reduced(picture.width), reduction.reduced(picture.height))
            if region.x >= 0, region.y >= 0, region.x + region.width <= size.0, region.y + region.height <= size.1 {
                self = .whole(reduction, region)
                return
            }
        }
        let flips = Self.flips(picture.orientation)
        var (horizontal, vertical) = picture.isTransposed ? (down, across) : (across, down)
        horizontal.scale *= Double(squared.width) / Double(picture.width)
        vertical.scale *= Double(squared.height) / Double(picture.height)
        if flips.x { horizontal = horizontal.flipped(picture.width) }
        if flips.y { vertical = vertical.flipped(picture.height) }
        // Boxes first, and the kernel for what is left, two to four times, as vips_resize does.
        let shrink = min(1 / horizontal.scale, 1 / vertical.scale)
        var whole = max(1, Int(min(shrink / 2, Double(max(page.width, page.height)))))
        // Boxes of bits are averaged out of boxes of 8.
        if picture.isBits, whole > 8 { whole = whole / 8 * 8 }
        let own = ownReductions.first { $0.load <= whole && $0.fits(max(1, whole / $0.load), picture) }
        let load = own?.load ?? 1
        self = .resampled(
            Reduction(load: load, box: max(1, whole / load)), horizontal: horizontal, vertical: vertical)
    }

    /// The whole factor that makes a page of a size, each length rounded up. A power of two where one fits, since that is
    /// what viewers ask for; else the smallest.
    static func factor(from page: PixelSize, to size: PixelSize) -> Int? {
        func range(_ length: Int, _ wanted: Int) -> (Int, Int) {
            (
                (length + wanted - 1) / wanted,
                wanted > 1 ? (length + wanted - 2) / (wanted - 1) - 1 : max(page.width, page.height)
            )
        }
        let (across, down) = (range(page.width, size.width), range(page.height, size.height))
        let (low, high) = (max(across.0, down.0), min(across.1, down.1))
        guard low <= high else { return nil }
        var power = 1
        while power < low { power *= 2 }
        return power <= high ? power : low
    }

    /// Whether columns and rows of the stored picture run against those of the page.
    private static func flips(_ orientation: Int) -> (x: Bool, y: Bool) {
        ([2, 3, 7, 8].contains(orientation), [3, 4, 6, 7].contains(orientation))
    }

    private static func region(
        _ x: Int, _ y: Int, _ canvas: PixelSize, in picture: StoredPicture, _ reduction: Reduction
    ) -> Region {
        var region =
            picture.isTransposed
            ? Region(x: y, y: x, width: canvas.height, height: canvas.width)
            : Region(x: x, y: y, width: canvas.width, height: canvas.height)
        let flips = flips(picture.orientation)
        if flips.x { region.x = reduction.reduced(picture.width) - region.width - region.x }
        if flips.y { region.y = reduction.reduced(picture.height) - region.height - region.y }
        return region
    }
}
