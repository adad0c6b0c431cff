// SPDX-License-Identifier: Apache-2.0

import CVips
import Document

/// The decoded planes of a file's pages. A tile whose plane is held needs no decoding; one whose plane is not costs one
/// pass over the page at most.
///
/// A reduced plane has the same pixels whether it is averaged from a held plane or while the file is decoded.
final class PlaneStore {
    private struct Key: Hashable {
        var page: Int
        var reduction: Reduction
        /// Counts of black pixels in boxes of 8 x 8, see `recto_count_bits`.
        var isCounts = false
    }

    private struct Held {
        let plane: Plane
        var lastUse: UInt64
    }

    private let file: any PictureFile
    private let clock: UseClock
    private var planes: [Key: Held] = [:]
    /// Pixels of pictures of which regions alone were decoded until now.
    private var decodedInRegions: [Key: Int] = [:]

    /// A picture up to this size is held whole when a reduction of it is asked for, so that zooming in needs no second
    /// pass. Larger ones stream through.
    private static let heldWhole = 128 << 20
    /// What a region of a tiled picture may have in pixels to be decoded for one tile.
    private static let mostRegionPixels = 64 << 20
    /// Pixels of a picture that is decoded whole in any case: it takes some 30 ms.
    private static let smallWhole = 1 << 20
    private static let mostCounted = 1024

    init(_ file: any PictureFile, clock: UseClock) {
        self.file = file
        self.clock = clock
    }

    /// The region of the page's reduced picture, grey or sRGB.
    func view(_ page: Int, _ reduction: Reduction, _ region: Region, isCancelled: @escaping () -> Bool)
        throws(DocumentError) -> PixelView
    {
        let picture = file.picture(page)
        if picture.isBits { return try bitView(page, reduction.factor, region, isCancelled) }
        if let plane = held(Key(page: page, reduction: reduction)) {
            return PixelView(plane, x: region.x, y: region.y)
        }
        let whole = Key(page: page, reduction: Reduction(load: reduction.load, box: 1))
        if let base = held(whole) {
            return PixelView(
                try reduced(base, reduction, Key(page: page, reduction: reduction)), x: region.x, y: region.y)
        }
        return try decode(page, picture, reduction, region, isCancelled)
    }

    private func reduced(_ base: Plane, _ reduction: Reduction, _ key: Key) throws(DocumentError) -> Plane {
        let box = reduction.box
        let plane = try Plane(
            width: (base.width + box - 1) / box, height: (base.height + box - 1) / box, bands: base.bands)
        guard
            recto_box_bytes(
                base.bytes, base.stride, CInt(base.width), CInt(base.height), CInt(base.bands), CInt(box), 0, 0,
                CInt(plane.width), CInt(plane.height), plane.bytes, plane.stride) == 0
        else { throw .outOfMemory }
        hold(plane, key)
        return plane
    }

    // MARK: Decoding

    private func open(_ page: Int, load: Int, random: Bool, _ isCancelled: @escaping () -> Bool)
        throws(DocumentError) -> Raster
    {
        try Raster(
            RasterInput(file.source, isCancelled: isCancelled), kind: file.kind,
            patches: file.patches(page, load: load), load: load,
            random: random)
    }

    private func decode(
        _ page: Int, _ picture: StoredPicture, _ reduction: Reduction, _ region: Region,
        _ isCancelled: @escaping () -> Bool
    ) throws(DocumentError) -> PixelView {
        let base = Key(page: page, reduction: Reduction(load: reduction.load, box: 1))
        let own = try file.ownReductions(page).first { $0.load == reduction.load }
        let (width, height) = own.map { ($0.width, $0.height) } ?? (picture.width, picture.height)
        let isHuge = Plane.size(width, height, bands: 3) > Plane.mostBytes
        let covered = region.width * region.height * reduction.box * reduction.box
        // Without random access everything above the region is decoded and dropped, for each tile: slow, but it is shown.
        let isRegion =
            covered <= Self.mostRegionPixels
            && (isHuge || picture.hasRandomAccess && isCheaper(covered, of: width * height, base))
        let isRandom = isRegion && picture.hasRandomAccess
        try file.prepare(page, load: reduction.load, region: isRandom ? region.enlarged(reduction.box) : nil)
        let raster = try open(
            page, load: reduction.load, random: isRandom, isCancelled)
        guard raster.width == width, raster.height == height else {
            throw .damaged("the picture has another size than its header says")
        }
        if isRegion {
            decodedInRegions[base, default: 0] += covered
            return PixelView(try decode(region, reduction.box, of: raster))
        }
        decodedInRegions[base] = nil

        let bands = raster.bands
        let size = Plane.size(width, height, bands: bands)
        let isWhole = reduction.box == 1 || size <= Self.heldWhole
        var sink = recto_raster_sink()
        var full: Plane?
        var small: Plane?
        if isWhole {
            let plane = try Plane(width: width, height: height, bands: bands)
            (sink.full, sink.full_stride) = (plane.bytes, plane.stride)
            full = plane
        }
        if reduction.box > 1 {
            let plane = try Plane(
                width: reduction.reduced(picture.width), height: reduction.reduced(picture.height), bands: bands)
            (sink.reduced, sink.reduced_stride) = (plane.bytes, plane.stride)
            sink.box = CInt(reduction.box)
            small = plane
        }
        try raster.read(Region(x: 0, y: 0, width: width, height: height), into: sink)
        if let full { hold(full, base) }
        if let small { hold(small, Key(page: page, reduction: reduction)) }
        return PixelView((small ?? full)!, x: region.x, y: region.y)
    }

    /// Whether it is cheaper to decode a region of a picture with random access than all of it, which would be held for
    /// the tiles to come. Nobody knows how many those are: once the regions add up to half of the picture all is decoded,
    /// so that it costs half as much again as knowing would, at most.
    private func isCheaper(_ region: Int, of all: Int, _ base: Key) -> Bool {
        guard all > Self.smallWhole else { return false }
        if decodedInRegions.count > Self.mostCounted { decodedInRegions = [:] }
        return (decodedInRegions[base, default: 0] + region) * 2 <= all
    }

    /// A region of a picture that is too large to be held, or not worth holding yet. Not kept: the next tile is another
    /// region.
    private func decode(_ region: Region, _ box: Int, of raster: Raster) throws(DocumentError) -> Plane {
        let plane = try Plane(width: region.width, height: region.height, bands: raster.bands)
        var sink = recto_raster_sink()
        if box == 1 {
            (sink.full, sink.full_stride) = (plane.bytes, plane.stride)
        } else {
            (sink.reduced, sink.reduced_stride) = (plane.bytes, plane.stride)
            sink.box = CInt(box)
        }
        let (x, y) = (region.x * box, region.y * box)
        try raster.read(
            Region(
                x: x, y: y, width: min(region.width * box, raster.width - x),
                height: min(region.height * box, raster.height - y)), into: sink)
        return plane
    }

    // MARK: Black and white

    private func bitView(_ page: Int, _ box: Int, _ region: Region, _ isCancelled: @escaping () -> Bool)
        throws(DocumentError) -> PixelView
    {
        let bits = try bitPlane(page, isCancelled)
        let counts = box.isMultiple(of: 8) ? try countPlane(page, bits) : nil
        let view = try Plane(width: region.width, height: region.height, bands: 1)
        guard
            recto_box_bits(
                bits.bytes, bits.stride, CInt(bits.width), CInt(bits.height), counts?.bytes, counts?.stride ?? 0,
                CInt(box), CInt(region.x), CInt(region.y), CInt(region.width), CInt(region.height), view.bytes,
                view.stride) == 0
        else { throw .outOfMemory }
        return PixelView(view)
    }

    private func bitPlane(_ page: Int, _ isCancelled: @escaping () -> Bool) throws(DocumentError) -> Plane {
        let key = Key(page: page, reduction: Reduction(load: 1, box: 1))
        if let plane = held(key) { return plane }
        try file.prepare(page, load: 1, region: nil)
        let picture = file.picture(page)
        let plane = try Plane(width: picture.width, height: picture.height, bands: 0)
        if file.kind == .tiff {
            let input = RasterInput(file.source, isCancelled: isCancelled)
            var description = input.description(patches: file.patches(page, load: 1))
            var reason = [CChar](repeating: 0, count: 200)
            let status = recto_tiff_read_bits(
                &description, CInt(plane.width), CInt(plane.height), plane.bytes, plane.stride, &reason)
            withExtendedLifetime(input) {}
            guard status == RECTO_RASTER_OK else { throw Raster.error(status, reason) }
        } else {
            let raster = try open(page, load: 1, random: false, isCancelled)
            var sink = recto_raster_sink()
            (sink.bits, sink.bits_stride) = (plane.bytes, plane.stride)
            try raster.read(Region(x: 0, y: 0, width: plane.width, height: plane.height), into: sink)
        }
        hold(plane, key)
        return plane
    }

    private func countPlane(_ page: Int, _ bits: Plane) throws(DocumentError) -> Plane? {
        guard bits.width >= 8, bits.height >= 8 else { return nil }
        let key = Key(page: page, reduction: Reduction(load: 1, box: 8), isCounts: true)
        if let plane = held(key) { return plane }
        let plane = try Plane(width: bits.width / 8, height: bits.height / 8, bands: 1)
        recto_count_bits(bits.bytes, bits.stride, CInt(bits.width), CInt(bits.height), plane.bytes, plane.stride)
        hold(plane, key)
        return plane
    }

    // MARK: Holding

    private func held(_ key: Key) -> Plane? {
        guard let plane = planes[key]?.plane else { return nil }
        planes[key]?.lastUse = clock.tick()
        return plane
    }

    private func hold(_ plane: Plane, _ key: Key) {
        // A decoder may pass over bytes that it could not read.
        guard !file.source.isMissingBytes else { return }
        planes[key] = Held(plane: plane, lastUse: clock.tick())
    }

    var oldestUse: UInt64? { planes.values.map(\.lastUse).min() }

    func releaseOldest() {
        guard let oldest = planes.min(by: { $0.value.lastUse < $1.value.lastUse }) else { return }
        planes[oldest.key] = nil
    }
}
