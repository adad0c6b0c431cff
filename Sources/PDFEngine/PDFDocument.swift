// SPDX-License-Identifier: Apache-2.0

import CPDFium
import Document
import TileModel

/// An open PDF. Parsed pages are kept until `releaseOldestPage`.
final class PDFDocument: OpenDocument {
    private let source: any DocumentSource
    private let password: [UInt8]?
    private let clock: UseClock
    private let file: PDFFile
    /// A second file for structure only, see `PDFFile.withoutReading`; goes once the last page was asked for.
    private var structureFile: PDFFile?
    private let count: Int
    private let form: PDFForm?
    private var pages: [PageKey: ParsedPage] = [:]

    private struct PageKey: Hashable {
        let page: Int
        /// Nil but for pages that hold JPEG 2000 pictures: they are parsed again for each zoom that they are drawn at, lest
        /// the same tile have other pixels after another history.
        let zoom: TilePlacement?
    }

    private struct ParsedPage {
        let handle: FPDF_PAGE
        let summary: PageSummary
        let holdsJPEG2000: Bool
        var lastUse: UInt64
    }

    init(source: any DocumentSource, password: [UInt8]?, clock: UseClock) throws(DocumentError) {
        self.source = source
        self.password = password
        self.clock = clock
        file = try PDFFile(source, password: password)
        count = Int(FPDF_GetPageCount(file.handle))
        form = PDFForm(file)
        guard count > 0 else { throw .damaged("the document has no pages") }
    }

    deinit {
        for page in pages.values { close(page.handle) }
    }

    var handle: FPDF_DOCUMENT { file.handle }

    var summary: DocumentSummary {
        let title = PDFFile.text { FPDF_GetMetaText(file.handle, "Title", $0, $1) }
        return DocumentSummary(
            format: PDFFormat.mediaType, pages: count, title: title.flatMap(Self.visible),
            metadata: PDFMetadata.read(file.handle))
    }

    // MARK: Structure

    func pages(from first: Int, count wanted: Int) throws -> [PageSummary] {
        guard first >= 1, first <= count else { return [] }
        // One page is what a structure stream begins with, and that page is shown next: parsing it is no loss, while a second
        // file would be opened before anything is on the screen.
        if wanted == 1 { return [try page(first)] }
        let structure = try structureFile ?? PDFFile(source, password: password)
        let last = min(count, first + max(0, wanted) - 1)
        structureFile = last == count ? nil : structure
        let tiles = try tileFormat()
        return (first...max(first, last)).map { summary(of: $0, in: structure, tiles: tiles) }
    }

    func page(_ page: Int) throws -> PageSummary {
        var summary = try parsed(page).summary
        summary.tiles = try tileFormat()
        return summary
    }

    private func summary(of page: Int, in file: PDFFile, tiles: TileFormat) -> PageSummary {
        // Size first: it reads the page's dictionary and those above it, which is all that the rotation needs.
        var size = FS_SIZEF()
        _ = FPDF_GetPageSizeByIndexF(file.handle, CInt(page - 1), &size)
        let rotation = file.withoutReading {
            guard let handle = FPDF_LoadPage(file.handle, CInt(page - 1)) else { return 0 }
            defer { FPDF_ClosePage(handle) }
            return Self.rotation(handle)
        }
        return summary(of: page, in: file, rotation: rotation, tiles: tiles)
    }

    private func summary(of page: Int, in file: PDFFile, rotation: Int, tiles: TileFormat) -> PageSummary {
        var size = FS_SIZEF()
        let known = FPDF_GetPageSizeByIndexF(file.handle, CInt(page - 1), &size) != 0
        // US Letter is what PDFium itself takes for a page without a box.
        let geometry = PageGeometry(
            width: known ? Self.points(size.width, unit: userUnit(page)) : 612,
            height: known ? Self.points(size.height, unit: userUnit(page)) : 792, unit: .points, rotation: rotation)
        let label = PDFFile.text { FPDF_GetPageLabel(file.handle, CInt(page - 1), $0, $1) }
        return PageSummary(page: page, geometry: geometry, label: label.flatMap(Self.visible), tiles: tiles)
    }

    /// PDFium calculates in single precision: beyond a thousandth of a point there is only noise.
    private static func points(_ value: Float, unit: Double) -> Double {
        (Double(value) * 1000).rounded() / 1000 * unit
    }

    /// Of a page, from 1. See `PDFUserUnit`.
    func userUnit(_ page: Int) -> Double {
        guard let unitReader else { return 1 }
        if let known = units[page] { return known }
        let unit = unitReader.value(ofPage: page - 1)
        units[page] = unit
        return unit
    }

    private lazy var unitReader = PDFUserUnit(file.handle) { try? PDFFile(source, password: password) }
    private var units: [Int: Double] = [:]

    private static func rotation(_ page: FPDF_PAGE) -> Int { Int(FPDFPage_GetRotation(page)) % 4 * 90 }

    /// The first page's format stands for all: to know another page's, it would have to be parsed.
    private func tileFormat() throws -> TileFormat {
        if let known = cachedTileFormat { return known }
        let format: TileFormat = (try? parsed(1)).map { PDFPageContent.isPicture($0.handle) } == true ? .jpg : .png
        cachedTileFormat = format
        return format
    }

    private var cachedTileFormat: TileFormat?

    func outline() throws -> [OutlineItem] { PDFOutline(file.handle, destinations: destinations()).items() }

    /// Finds positions on pages through a file of its own, so that none of the pages is parsed for it.
    func destinations() -> PDFDestinations {
        PDFDestinations(file.handle, pages: count, unit: userUnit) { [source, password, structureFile] in
            structureFile ?? (try? PDFFile(source, password: password))
        }
    }

    /// Names consisting of nothing that one could see are no names.
    private static func visible(_ text: String) -> String? {
        text.contains(where: { !$0.isWhitespace }) ? text : nil
    }

    // MARK: Drawing

    func draw(
        page: Int, placement: TilePlacement, pageSize: PixelSize, on canvas: Canvas, isCancelled: @escaping () -> Bool
    ) throws {
        let handle = try parsed(page, toDraw: placement).handle
        if case .aligned(let size, _, _) = placement {
            // Beyond what PDFium counts in.
            guard max(size.width, size.height) <= Int(Int32.max) / 2 else { throw DocumentError.outOfMemory }
        }
        switch placement {
        case .aligned(let size, let x, let y):
            for first in stride(from: 0, to: canvas.size.height, by: Self.bandRows) {
                if first > 0, isCancelled() { throw DocumentError.cancelled }
                try withBitmap(canvas, from: first, rows: min(Self.bandRows, canvas.size.height - first)) { bitmap in
                    try drawProgressively(
                        handle, on: bitmap, size: size, x: x, y: y + first, isCancelled: isCancelled)
                    form?.draw(handle, on: bitmap, size: size, x: x, y: y + first)
                }
            }
        case .free(let scaleX, let scaleY, let originX, let originY):
            try withBitmap(canvas, from: 0, rows: canvas.size.height) { bitmap in
                drawFreely(
                    handle, on: bitmap, canvas: canvas.size, pageSize: pageSize, scale: (scaleX, scaleY),
                    origin: (originX, originY))
                form?.drawFreely(
                    handle, on: bitmap, canvas: canvas.size, pageSize: pageSize, scale: (scaleX, scaleY),
                    origin: (originX, originY))
            }
        }
    }

    /// PDFium leaves out, without a word, the rest of a path that touches more pixels than its rasteriser has room for:
    /// traces of an electrocardiogram were missing from about 1,100 rows on. So a picture higher than a tile is drawn in
    /// bands. On pages of text that gives the same bits as the whole and takes as long.
    private static let bandRows = 512

    /// Some rows of a canvas as PDFium's bitmap.
    private func withBitmap(_ canvas: Canvas, from first: Int, rows: Int, _ body: (FPDF_BITMAP) throws -> Void) throws {
        try canvas.withPixels { _ in
            guard
                let bitmap = FPDFBitmap_CreateEx(
                    CInt(canvas.size.width), CInt(rows), CInt(FPDFBitmap_BGRx), canvas.row(first), CInt(canvas.stride))
            else { throw DocumentError.outOfMemory }
            defer { FPDFBitmap_Destroy(bitmap) }
            try body(bitmap)
        }
    }

    private final class Pause {
        let isCancelled: () -> Bool
        init(_ isCancelled: @escaping () -> Bool) { self.isCancelled = isCancelled }
    }

    private func drawProgressively(
        _ page: FPDF_PAGE, on bitmap: FPDF_BITMAP, size: PixelSize, x: Int, y: Int, isCancelled: @escaping () -> Bool
    ) throws {
        let state = Pause(isCancelled)
        var pause = IFSDK_PAUSE()
        pause.version = 1
        pause.user = Unmanaged.passUnretained(state).toOpaque()
        pause.NeedToPauseNow = { pause in
            guard let user = pause?.pointee.user else { return 0 }
            return Unmanaged<Pause>.fromOpaque(user).takeUnretainedValue().isCancelled() ? 1 : 0
        }
        defer { FPDF_RenderPage_Close(page) }
        var status = FPDF_RenderPageBitmap_Start(
            bitmap, page, CInt(-x), CInt(-y), CInt(size.width), CInt(size.height), 0, CInt(FPDF_ANNOT), &pause)
        while status == CInt(FPDF_RENDER_TOBECONTINUED) {
            if isCancelled() { throw DocumentError.cancelled }
            status = FPDF_RenderPage_Continue(page, &pause)
        }
        withExtendedLifetime(state) {}
        guard status == CInt(FPDF_RENDER_DONE) else {
            throw DocumentError.damaged("the page cannot be drawn")
        }
    }

    /// For a region and size that belong to no whole scale factor: PDFium takes such a scale only as a matrix.
    private func drawFreely(
        _ page: FPDF_PAGE, on bitmap: FPDF_BITMAP, canvas: PixelSize, pageSize: PixelSize, scale: (Double, Double),
        origin: (Double, Double)
    ) {
        // The matrix maps points (y down, the page's rotation applied) to pixels of the canvas.
        let perPointX = Double(pageSize.width) / Double(FPDF_GetPageWidthF(page))
        let perPointY = Double(pageSize.height) / Double(FPDF_GetPageHeightF(page))
        var matrix = FS_MATRIX(
            a: Float(perPointX * scale.0), b: 0, c: 0, d: Float(perPointY * scale.1), e: Float(-origin.0),
            f: Float(-origin.1))
        var clip = FS_RECTF(left: 0, top: 0, right: Float(canvas.width), bottom: Float(canvas.height))
        FPDF_RenderPageBitmapWithMatrix(bitmap, page, &matrix, &clip, CInt(FPDF_ANNOT))
    }

    // MARK: Parsed pages

    private func parsed(_ page: Int) throws(DocumentError) -> ParsedPage {
        try parsed(PageKey(page: page, zoom: nil))
    }

    private func parsed(_ page: Int, toDraw placement: TilePlacement) throws(DocumentError) -> ParsedPage {
        let any = try parsed(page)
        guard any.holdsJPEG2000 else { return any }
        let zoom: TilePlacement =
            if case .aligned(let size, _, _) = placement { .aligned(page: size, x: 0, y: 0) } else { placement }
        return try parsed(PageKey(page: page, zoom: zoom))
    }

    private func parsed(_ key: PageKey) throws(DocumentError) -> ParsedPage {
        let page = key.page
        guard page >= 1, page <= count else { throw .noSuchPage(pages: count) }
        let now = clock.tick()
        if pages[key] != nil {
            pages[key]!.lastUse = now
            return pages[key]!
        }
        guard let handle = FPDF_LoadPage(file.handle, CInt(page - 1)) else {
            throw .damaged("page \(page) cannot be read")
        }
        form?.loaded(handle)
        let summary = summary(of: page, in: file, rotation: Self.rotation(handle), tiles: .png)
        let parsed = ParsedPage(
            handle: handle, summary: summary, holdsJPEG2000: PDFPageContent.holdsJPEG2000(handle), lastUse: now)
        pages[key] = parsed
        return parsed
    }

    var oldestPageUse: UInt64? { pages.values.map(\.lastUse).min() }

    func releaseOldestPage() {
        guard let oldest = pages.min(by: { $0.value.lastUse < $1.value.lastUse }) else { return }
        pages[oldest.key] = nil
        close(oldest.value.handle)
    }

    private func close(_ page: FPDF_PAGE) {
        form?.willClose(page)
        FPDF_ClosePage(page)
    }

    /// Hands out a parsed page for a moment: one that is held, else one that is not kept, since a search walks through all.
    func withPage<Result>(_ page: Int, _ body: (FPDF_PAGE) throws -> Result) throws -> Result {
        guard page >= 1, page <= count else { throw DocumentError.noSuchPage(pages: count) }
        if let held = pages[PageKey(page: page, zoom: nil)] { return try body(held.handle) }
        guard let handle = FPDF_LoadPage(file.handle, CInt(page - 1)) else {
            throw DocumentError.damaged("page \(page) cannot be read")
        }
        defer { FPDF_ClosePage(handle) }
        return try body(handle)
    }
}
