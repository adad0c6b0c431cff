// SPDX-License-Identifier: Apache-2.0

/// The bound on one picture.
package struct PixelLimit: Hashable, Sendable {
    /// The largest picture in pixels, announced as `maxArea`.
    package let area: Int

    package init(area: Int) { self.area = area }

    /// 40 megapixels: an A4 page at 4 pixels a point (8 Mpx) fits five times; as BGRx it is 160 MB in a worker.
    package static let standard = PixelLimit(area: 40_000_000)
}

extension Tile {
    /// Works a request out against a page.
    ///
    /// - Parameter pageSize: the page's `PageGeometry.pixelSize`.
    /// - Throws: what is wrong with region or size, or `tooLarge`.
    package init(
        _ request: ImageRequest, page: Int, pageSize: PixelSize, limit: PixelLimit = .standard
    ) throws(ImageRequestError) {
        let region = try Self.resolve(request.region, in: pageSize)
        let size = try Self.resolve(request, region: region, limit: limit)
        let isEnlarged = size.width > region.width || size.height > region.height
        self.init(
            page: page,
            region: region,
            size: size,
            rotation: request.rotation,
            // `color` is what `default` is here: pages are rendered in colour unless asked otherwise.
            quality: request.quality == .color ? .default : request.quality,
            format: request.format,
            isWholePage: region == PixelRegion(x: 0, y: 0, width: pageSize.width, height: pageSize.height),
            isMaximal: size == Self.largest(region, enlarged: isEnlarged, limit: limit)
        )
        let output = outputSize
        guard output.area <= limit.area else {
            throw .tooLarge(pixels: output.area, allowed: limit.area)
        }
    }

    private static func resolve(_ region: ImageRequest.Region, in page: PixelSize) throws(ImageRequestError)
        -> PixelRegion
    {
        switch region {
        case .full: return PixelRegion(x: 0, y: 0, width: page.width, height: page.height)
        case .square:
            let side = min(page.width, page.height)
            return PixelRegion(x: (page.width - side) / 2, y: (page.height - side) / 2, width: side, height: side)
        case .pixels(let x, let y, let width, let height):
            return try clipped(x, y, width, height, page)
        case .percent(let x, let y, let width, let height):
            guard x < 100, y < 100 else { throw .regionOutside }
            return try clipped(
                Int((Double(page.width) * x / 100).rounded()), Int((Double(page.height) * y / 100).rounded()),
                max(1, Int((Double(page.width) * min(width, 100) / 100).rounded())),
                max(1, Int((Double(page.height) * min(height, 100) / 100).rounded())), page)
        }
    }

    private static func clipped(_ x: Int, _ y: Int, _ width: Int, _ height: Int, _ page: PixelSize)
        throws(ImageRequestError) -> PixelRegion
    {
        guard x < page.width, y < page.height else { throw .regionOutside }
        return PixelRegion(x: x, y: y, width: min(width, page.width - x), height: min(height, page.height - y))
    }

    private static func resolve(_ request: ImageRequest, region: PixelRegion, limit: PixelLimit)
        throws(ImageRequestError) -> PixelSize
    {
        let (width, height) = (Double(region.width), Double(region.height))
        let size: (Double, Double)
        switch request.size {
        case .max: return largest(region, enlarged: request.mayEnlarge, limit: limit)
        case .width(let wanted): size = (Double(wanted), height * Double(wanted) / width)
        case .height(let wanted): size = (width * Double(wanted) / height, Double(wanted))
        case .percent(let percent): size = (width * percent / 100, height * percent / 100)
        case .exactly(let wantedWidth, let wantedHeight): size = (Double(wantedWidth), Double(wantedHeight))
        case .within(let wantedWidth, let wantedHeight):
            // As large as possible. That a box larger than the region is refused without `^` is how the IIIF validator
            // reads the specification.
            let fit = min(Double(wantedWidth) / width, Double(wantedHeight) / height)
            let allowed = (Double(limit.area) / (width * height)).squareRoot()
            guard fit <= 1 || request.mayEnlarge else { throw .enlargement }
            let scale = min(fit, allowed)
            // Downwards where the limit decides, or rounding would pass it.
            if scale == allowed { return largest(region, enlarged: true, limit: limit) }
            size = (max(1, width * scale), max(1, height * scale))
        }
        // Compare before converting: a percentage can be beyond any integer.
        guard size.0 * size.1 <= 1e15, size.0 <= 1e9, size.1 <= 1e9 else {
            guard request.mayEnlarge else { throw .enlargement }
            throw .tooLarge(pixels: Int(min(size.0 * size.1, 9e18)), allowed: limit.area)
        }
        let result = PixelSize(width: Int(size.0.rounded()), height: Int(size.1.rounded()))
        // A strip far from square that is scaled down keeps at least one pixel across where only the other side was
        // asked for.
        guard size.0 >= 0.5, size.1 >= 0.5 else {
            switch request.size {
            case .width, .height: return PixelSize(width: max(1, result.width), height: max(1, result.height))
            default: throw .sizeEmpty
            }
        }
        guard request.mayEnlarge || (result.width <= region.width && result.height <= region.height) else {
            throw .enlargement
        }
        return result
    }

    /// What `max` (or `^max`) means for a region: its own size, or as much of it as the limit allows.
    private static func largest(_ region: PixelRegion, enlarged: Bool, limit: PixelLimit) -> PixelSize {
        let area = Double(region.width) * Double(region.height)
        let scale = (Double(limit.area) / area).squareRoot()
        guard enlarged || scale < 1 else { return PixelSize(width: region.width, height: region.height) }
        return PixelSize(
            width: max(1, Int(Double(region.width) * scale)), height: max(1, Int(Double(region.height) * scale)))
    }

    /// The smallest upright rectangle around the turned picture. Sine and cosine come from a series so that this module
    /// needs no C library; at 1e-12 it is far finer than a pixel of any picture within the limit.
    var rotatedBounds: PixelSize {
        let (sine, cosine) = Self.sineAndCosine(degrees: rotation.degrees)
        let (width, height) = (Double(size.width), Double(size.height))
        func extent(_ value: Double) -> Int { max(1, Int((value - 1e-9).rounded(.up))) }
        return PixelSize(
            width: extent(width * abs(cosine) + height * abs(sine)),
            height: extent(width * abs(sine) + height * abs(cosine)))
    }

    /// Taylor series about 0 after reduction to one eighth turn.
    package static func sineAndCosine(degrees: Double) -> (sine: Double, cosine: Double) {
        let quarter = (degrees / 90).rounded()
        let angle = (degrees - quarter * 90) * Double.pi / 180
        var (sine, cosine, term) = (0.0, 0.0, 1.0)
        for n in 0..<20 {
            switch n % 4 {
            case 0: cosine += term
            case 1: sine += term
            case 2: cosine -= term
            default: sine -= term
            }
            term *= angle / Double(n + 1)
        }
        switch ((Int(quarter) % 4) + 4) % 4 {
        case 0: return (sine, cosine)
        case 1: return (cosine, -sine)
        case 2: return (-sine, -cosine)
        default: return (-cosine, sine)
        }
    }
}
