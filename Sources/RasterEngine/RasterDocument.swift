// SPDX-License-Identifier: Apache-2.0

import CVips
import Document
import TileModel

/// A file of pictures. Its decoded planes are kept until `releaseOldestPage`, which lets them go one by one.
final class RasterDocument: OpenDocument {
    private let file: any PictureFile
    private let mediaType: String
    private let planes: PlaneStore

    init(_ file: any PictureFile, mediaType: String, clock: UseClock) {
        self.file = file
        self.mediaType = mediaType
        planes = PlaneStore(file, clock: clock)
    }

    var summary: DocumentSummary { DocumentSummary(format: mediaType, pages: file.count, title: nil) }

    /// Where bytes are missing, the pages before.
    func pages(from first: Int, count: Int) throws -> [PageSummary] {
        guard count > 0, try file.find(first) else { return [] }
        var found = [summary(of: first, file.picture(first))]
        while found.count < count, let picture = file.pictureAtHand(first + found.count) {
            found.append(summary(of: first + found.count, picture))
        }
        return found
    }

    func page(_ page: Int) throws -> PageSummary { summary(of: page, try picture(page)) }

    private func picture(_ page: Int) throws(DocumentError) -> StoredPicture {
        if try file.find(page) { return file.picture(page) }
        // Only now does it matter how many there are.
        _ = try file.find(.max)
        throw .noSuchPage(pages: file.count ?? 0)
    }

    private func summary(of page: Int, _ picture: StoredPicture) -> PageSummary {
        let size = picture.displayed
        let geometry = PageGeometry(
            width: Double(size.width), height: Double(size.height), unit: .pixels, rotation: picture.rotation)
        return PageSummary(page: page, geometry: geometry, label: nil, tiles: picture.tiles)
    }

    func outline() throws -> [OutlineItem] { [] }

    // MARK: Drawing

    func draw(
        page: Int, placement: TilePlacement, pageSize: PixelSize, on canvas: Canvas, isCancelled: @escaping () -> Bool
    ) throws {
        let picture = try picture(page)
        if isCancelled() { throw DocumentError.cancelled }
        let scale = RasterScale(
            placement, canvas: canvas.size, picture: picture, ownReductions: try file.ownReductions(page))
        switch scale {
        case .whole(let reduction, let region):
            let view = try planes.view(page, reduction, region, isCancelled: isCancelled)
            paint(view, picture.orientation, on: canvas)
        case .resampled(let reduction, let horizontal, let vertical):
            let view = try resampled(page, picture, reduction, horizontal, vertical, isCancelled)
            paint(view, picture.orientation, on: canvas)
        }
    }

    private func paint(_ view: PixelView, _ orientation: Int, on canvas: Canvas) {
        canvas.withPixels { pixels in
            recto_paint(
                view.start, view.plane.stride, CInt(view.plane.bands), CInt(orientation), pixels, canvas.stride,
                CInt(canvas.size.width), CInt(canvas.size.height))
        }
    }

    /// Rows of a tile that are resampled at a time: bounds what is unpacked of a page of bits.
    private static let bandRows = 256

    private func resampled(
        _ page: Int, _ picture: StoredPicture, _ reduction: Reduction, _ horizontal: TileAxis, _ vertical: TileAxis,
        _ isCancelled: @escaping () -> Bool
    ) throws(DocumentError) -> PixelView {
        let (width, height) = (reduction.reduced(picture.width), reduction.reduced(picture.height))
        var result: Plane?
        for first in stride(from: 0, to: vertical.out, by: Self.bandRows) {
            if isCancelled() { throw .cancelled }
            var across = Self.axis(horizontal, reduction, length: width)
            var down = Self.axis(vertical, reduction, length: height)
            down.origin += Double(first)
            down.out = CInt(min(Self.bandRows, vertical.out - first))
            let (columns, rows) = (Self.span(across), Self.span(down))
            let view = try planes.view(
                page, reduction,
                Region(x: columns.lowerBound, y: rows.lowerBound, width: columns.count, height: rows.count),
                isCancelled: isCancelled)
            (across.start, across.count) = (CInt(columns.lowerBound), CInt(columns.count))
            (down.start, down.count) = (CInt(rows.lowerBound), CInt(rows.count))
            let plane: Plane
            if let result {
                plane = result
            } else {
                plane = try Plane(width: horizontal.out, height: vertical.out, bands: view.plane.bands)
                result = plane
            }
            guard
                recto_resample(
                    view.start, view.plane.stride, CInt(plane.bands), &across, &down,
                    plane.bytes + first * plane.stride, plane.stride) == 0
            else { throw .outOfMemory }
            withExtendedLifetime(view) {}
        }
        guard let result else { throw .outOfMemory }
        return PixelView(result)
    }

    private static func axis(_ axis: TileAxis, _ reduction: Reduction, length: Int) -> recto_axis {
        recto_axis(
            shrink: 1 / (axis.scale * Double(reduction.factor)), origin: axis.origin, length: CInt(length), start: 0,
            count: 0, out: CInt(axis.out))
    }

    private static func span(_ axis: recto_axis) -> Range<Int> {
        var axis = axis
        var (start, end) = (CInt(0), CInt(0))
        recto_axis_span(&axis, &start, &end)
        return Int(start)..<Int(end)
    }

    // MARK: Planes

    /// A plane is kept only where all its bytes were there.
    var forgetsFailedReads: Bool { true }

    var oldestPageUse: UInt64? { planes.oldestUse }

    func releaseOldestPage() { planes.releaseOldest() }
}
