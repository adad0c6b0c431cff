// SPDX-License-Identifier: Apache-2.0

import CCairo
import Document
import DrawingEngine
import EngineTurns
import Glibc
import PDFEngine
import RasterEngine
import Testing
import TileModel

/// What holds for every format in the registry.
@Suite(.serialized, .takingTurns)
struct FormatContract {
    /// The three kinds of workers, as their programs have them.
    static let kinds: [DocumentFormats] = {
        let kinds = [PDFEngine.formats, RasterEngine.formats, DrawingEngine.formats]
        for formats in kinds { formats.prepare() }
        return kinds
    }()

    private func open(_ specimen: Specimen, _ bytes: [UInt8]? = nil) throws -> any OpenDocument {
        let bytes = try bytes ?? specimen.bytes()
        let formats = try #require(Self.kinds.first { $0.all.contains { $0.mediaTypes.contains(specimen.mediaType) } })
        return try formats.open(MemorySource(bytes), clock: UseClock())
    }

    /// A page at `1 / factor`, or a region of it.
    private func draw(
        _ document: any OpenDocument, page: Int = 1, factor: Int = 1, region: PixelRegion? = nil,
        isCancelled: @escaping () -> Bool = { false }
    ) throws -> Canvas {
        let pageSize = try document.page(page).geometry.pixelSize
        let region = region ?? PixelRegion(x: 0, y: 0, width: pageSize.width, height: pageSize.height)
        let size = PixelSize(width: (region.width + factor - 1) / factor, height: (region.height + factor - 1) / factor)
        let tile = Tile(page: page, region: region, size: size, format: .png)
        return try TileRenderer().draw(tile, pageSize: pageSize, of: document, isCancelled: isCancelled)
    }

    // MARK: Registry

    @Test("every signature has a specimen that it is the first to recognise")
    func specimens() throws {
        let recognised = try Specimen.all.map { specimen in
            let head = Array(try specimen.bytes().prefix(DocumentSignature.headLength))
            return DocumentSignature.all.firstIndex { $0.matches(head) }
        }
        for (index, signature) in DocumentSignature.all.enumerated() {
            #expect(recognised.contains(index), "\(signature.mediaType), line \(index + 1), has no specimen")
        }
    }

    @Test("every media type is opened by one format of the kind that its signature names, and by no other")
    func registry() {
        #expect(Self.kinds.map(\.kind).count == EngineKind.allCases.count)
        #expect(Set(Self.kinds.map(\.kind)) == Set(EngineKind.allCases))
        for signature in DocumentSignature.all {
            let owners = Self.kinds.flatMap { formats in
                formats.all.filter { $0.mediaTypes.contains(signature.mediaType) }.map { _ in formats.kind }
            }
            #expect(owners == [signature.kind], "\(signature.mediaType)")
        }
        let known = Set(DocumentSignature.all.map(\.mediaType))
        for format in Self.kinds.flatMap(\.all) {
            #expect(!format.engine.isEmpty)
            for mediaType in format.mediaTypes { #expect(known.contains(mediaType), "\(mediaType)") }
        }
    }

    @Test("a document is opened by its kind, and the other kinds say which that is", arguments: Specimen.all)
    func kind(of specimen: Specimen) throws {
        let bytes = try specimen.bytes()
        let signature = try #require(
            DocumentSignature.recognise(Array(bytes.prefix(DocumentSignature.headLength))))
        #expect(signature.mediaType == specimen.mediaType)
        for formats in Self.kinds where formats.kind != signature.kind {
            #expect(throws: DocumentError.otherKind(signature.kind)) {
                try formats.open(MemorySource(bytes), clock: UseClock())
            }
        }
        let format = try open(specimen).summary.format
        #expect(format == specimen.mediaType)
    }

    // MARK: Structure

    @Test("pages are numbered from 1, whether listed or asked for one by one", arguments: Specimen.all)
    func pages(of specimen: Specimen) throws {
        let document = try open(specimen)
        let listed = try document.pages(from: 1, count: specimen.pages + 5)
        #expect(listed.map(\.page) == Array(1...specimen.pages))
        #expect(document.summary.pages == specimen.pages)
        for page in listed {
            #expect(try document.page(page.page) == page)
            #expect(page.geometry.width > 0 && page.geometry.height > 0)
        }
        #expect(try open(specimen).pages(from: specimen.pages, count: 1).map(\.page) == [specimen.pages])
    }

    @Test("past the last page there are none, and asking for one names the range", arguments: Specimen.all)
    func noSuchPage(of specimen: Specimen) throws {
        let document = try open(specimen)
        let count = specimen.pages
        #expect(try document.pages(from: count + 1, count: 5).isEmpty)
        let pageSize = try document.page(1).geometry.pixelSize
        for page in [-1, 0, count + 1, Int.max] {
            let missing = DocumentError.noSuchPage(pages: count)
            #expect(throws: missing) { try document.page(page) }
            #expect(throws: missing) { try document.text(of: page) }
            #expect(throws: missing) { try document.links(on: page) }
            #expect(throws: missing) {
                try document.draw(
                    page: page, placement: .aligned(page: pageSize, x: 0, y: 0), pageSize: pageSize,
                    on: try Canvas(size: PixelSize(width: 8, height: 8)), isCancelled: { false })
            }
        }
    }

    @Test("outline, links and words lie within the document, and search finds the words", arguments: Specimen.all)
    func content(of specimen: Specimen) throws {
        let document = try open(specimen)
        func check(_ items: [OutlineItem]) {
            for item in items {
                if let page = item.page { #expect((1...specimen.pages).contains(page)) }
                check(item.items)
            }
        }
        check(try document.outline())
        for page in 1...specimen.pages {
            let geometry = try document.page(page).geometry
            func isWithin(_ box: PageBox) -> Bool {
                // Glyphs may reach a little beyond the paper.
                box.width > 0 && box.height > 0 && box.x >= -10 && box.y >= -10
                    && box.x + box.width <= geometry.width + 10 && box.y + box.height <= geometry.height + 10
            }
            for link in try document.links(on: page) {
                if case .page(let target, _) = link.target { #expect((1...specimen.pages).contains(target)) }
                #expect(!link.boxes.isEmpty && link.boxes.allSatisfy(isWithin))
            }
            if page == specimen.cropped { continue }
            let words = try document.text(of: page).words
            #expect(words.allSatisfy { !$0.text.isEmpty && isWithin($0.box) })
            guard let word = words.first(where: { $0.text.count >= 4 }) else { continue }
            let part = try DocumentSearch().part(of: document, for: word.text, from: page) { _ in true }
            let hit = try #require(part.hits.first, "\(word.text)")
            #expect(hit.page == page && !hit.boxes.isEmpty && hit.boxes.allSatisfy(isWithin))
        }
    }

    // MARK: Pixels

    @Test("something is on each page, drawn on paper that is opaque", arguments: Specimen.all)
    func drawn(specimen: Specimen) throws {
        let document = try open(specimen)
        for page in 1...min(3, specimen.pages) {
            let canvas = try draw(document, page: page, factor: 2)
            var colours: Set<UInt32> = []
            for y in 0..<canvas.size.height {
                for x in 0..<canvas.size.width where colours.count < 10 { colours.insert(canvas.row(y)[x]) }
            }
            #expect(colours.count > 1, "page \(page)")
            // A page of points has a margin; what an engine draws must not bring its own ground along.
            if try document.page(page).geometry.isVector { #expect(canvas.row(0)[0] & 0xFF_FFFF == 0xFF_FFFF) }
        }
    }

    @Test("tiles side by side equal the page in one piece", arguments: Specimen.all, [1, 2])
    func seams(of specimen: Specimen, factor: Int) throws {
        let document = try open(specimen)
        let page = try document.page(1).geometry.pixelSize
        let whole = try draw(document, factor: factor)
        // Small pictures must have several tiles too.
        var side = 512
        while side > 8, side * factor * 2 > page.width { side /= 2 }
        var different = 0
        for x in stride(from: 0, to: page.width, by: side * factor) {
            for y in stride(from: 0, to: page.height, by: side * factor) {
                let region = PixelRegion(
                    x: x, y: y, width: min(side * factor, page.width - x), height: min(side * factor, page.height - y))
                let tile = try draw(document, factor: factor, region: region)
                different += tile.differences(
                    from: whole, x: x / factor, y: y / factor, tolerance: specimen.seam)
            }
        }
        #expect(Double(different) <= Double(whole.size.area) * specimen.beyondSeam, "\(different) pixels")
    }

    @Test("a page has the same bytes each time, also when opened again", arguments: Specimen.all)
    func deterministic(specimen: Specimen) throws {
        let document = try open(specimen)
        let renderer = TileRenderer()
        let first = try renderer.encode(try draw(document, factor: 2), as: .png)
        // What was drawn in between must leave nothing behind.
        _ = try draw(document, page: specimen.pages, factor: 3)
        #expect(try renderer.encode(try draw(document, factor: 2), as: .png) == first)
        #expect(try renderer.encode(try draw(try open(specimen), factor: 2), as: .png) == first)
    }

    @Test("pages that were let go come back as they were", arguments: Specimen.all)
    func released(specimen: Specimen) throws {
        let document = try open(specimen)
        let first = try TileRenderer().encode(try draw(document, factor: 2), as: .png)
        for factor in [1, 3] { _ = try draw(document, page: specimen.pages, factor: factor) }
        var released = 0
        while document.oldestPageUse != nil, released < 100 {
            document.releaseOldestPage()
            released += 1
        }
        #expect(document.oldestPageUse == nil, "what is let go is gone")
        document.releaseOldestPage()
        #expect(try TileRenderer().encode(try draw(document, factor: 2), as: .png) == first)
    }

    @Test("a drawing that nobody waits for any more is given up", arguments: Specimen.all)
    func cancelled(specimen: Specimen) throws {
        let document = try open(specimen)
        #expect(throws: DocumentError.cancelled) { try draw(document) { true } }
        // And can be asked for again.
        #expect(try draw(document, factor: 2).size.area > 0)
    }

    // MARK: Damage

    @Test("a document cut off anywhere gives an error or a document", arguments: Specimen.all)
    func cut(specimen: Specimen) throws {
        let bytes = try specimen.bytes()
        for sixteenth in 0..<16 {
            do {
                let document = try open(specimen, Array(bytes.prefix(bytes.count * sixteenth / 16)))
                _ = try document.outline()
                for page in try document.pages(from: 1, count: 3) {
                    let size = page.geometry.pixelSize
                    _ = try draw(document, page: page.page, factor: max(1, max(size.width, size.height) / 256))
                    _ = try document.text(of: page.page)
                    _ = try document.links(on: page.page)
                }
            } catch let error as DocumentError {
                if case .damaged(let reason) = error { #expect(!reason.isEmpty, "\(sixteenth)/16") }
                // Only what needs a password may ask for one, and nothing was cancelled.
                #expect(error != .passwordRequired && error != .cancelled, "\(sixteenth)/16")
            }
        }
    }
}

extension Canvas {
    /// How many pixels differ from those of a larger picture, from `x`, `y` of it on, by more than `tolerance` in a channel.
    fileprivate func differences(from other: Canvas, x: Int, y: Int, tolerance: Int) -> Int {
        var count = 0
        for line in 0..<size.height {
            let (mine, others) = (row(line), other.row(y + line) + x)
            if memcmp(mine, others, size.width * 4) == 0 { continue }
            for column in 0..<size.width {
                let (left, right) = (mine[column], others[column])
                for shift: UInt32 in [0, 8, 16] {
                    let (a, b) = (Int(left >> shift & 0xFF), Int(right >> shift & 0xFF))
                    guard abs(a - b) > tolerance else { continue }
                    count += 1
                    break
                }
            }
        }
        return count
    }
}
