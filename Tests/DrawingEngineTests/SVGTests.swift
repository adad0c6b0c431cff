// SPDX-License-Identifier: Apache-2.0

import CCairo
import CKernel
import Document
import Foundation
import Testing
import TileModel

@testable import DrawingEngine

/// One thread at a time, as in a worker.
@Suite(.serialized)
struct SVGTests {
    private func svg(_ content: String, _ attributes: String = #"width="400" height="300""#) -> [UInt8] {
        Array(#"<svg xmlns="http://www.w3.org/2000/svg" \#(attributes)>\#(content)</svg>"#.utf8)
    }

    /// What could depend on where a tile ends.
    private static let contents = [
        "strokes": """
        <path d="M3 7L391 13 20 290 380 250 200 2" fill="none" stroke="navy" stroke-width="3"/>
        """,
        "gradient": """
        <linearGradient id="g"><stop stop-color="red"/><stop offset="1" stop-color="blue"/></linearGradient>
        <ellipse cx="200" cy="150" rx="190" ry="140" fill="url(#g)"/>
        """,
        "pattern": """
        <pattern id="p" width="7" height="5" patternUnits="userSpaceOnUse"><circle cx="3" cy="3" r="2"/></pattern>
        <rect x="11" y="13" width="371" height="269" fill="url(#p)"/>
        """,
        "group": """
        <clipPath id="c"><circle cx="200" cy="150" r="140"/></clipPath>
        <g opacity="0.5" clip-path="url(#c)"><circle cx="150" cy="150" r="99"/>
        <path fill="red" d="M0 99L399 31 222 299z"/></g>
        """,
        "blending": """
        <circle cx="150" cy="150" r="99" fill="orange"/>
        <path style="mix-blend-mode:multiply" fill="teal" d="M0 99L399 31 222 299z"/>
        """,
        "mask": """
        <mask id="m"><circle cx="190" cy="140" r="120" fill="gray"/></mask>
        <path mask="url(#m)" d="M0 99L399 31 222 299z"/>
        """,
        "filter": """
        <filter id="f"><feGaussianBlur stdDeviation="4"/></filter>
        <path filter="url(#f)" d="M0 99L399 31 222 299z"/>
        """,
        "text": """
        <text x="9" y="150" font-size="60" transform="rotate(7)">Tiles join</text>
        """,
    ]

    // MARK: Pixels

    @Test("tiles laid side by side equal the page in one piece", arguments: contents.keys.sorted(), [1, 2, 4, 8])
    func seams(content: String, factor: Int) throws {
        let document = try Drawing.open(svg(try #require(Self.contents[content])))
        #expect(try Drawing.seams(document, factor: factor, tile: 128).worst <= 1)
    }

    @Test(
        "tiles of a drawing of the corpus equal the page in one piece", arguments: Corpus.names("svg", ["svg", "svgz"]))
    func corpusSeams(name: String) throws {
        let bytes = try Corpus.bytes(name)
        for factor in [1, 2, 4, 8] {
            let document = try Drawing.open(bytes)
            // A page in one piece of more than 48 MB says no more than its reductions do.
            guard try document.page(1).geometry.pixelSize.area / factor / factor <= 12_000_000 else { continue }
            let difference = try Drawing.seams(document, factor: factor)
            #expect(difference.worst <= 1, "\(factor): \(difference)")
        }
    }

    @Test("a page too large for one picture joins without a seam", arguments: contents.keys.sorted())
    func largeSeams(content: String) throws {
        let document = try Drawing.open(svg(try #require(Self.contents[content])))
        let page = try document.page(1).geometry.pixelSize
        let size = PixelSize(width: page.width * 6, height: page.height * 6)
        #expect(Double(size.area) > DrawnZoom.mostPixels)
        let piece = try Drawing.draw(
            document, region: PixelRegion(x: 100, y: 100, width: 200, height: 100),
            size: PixelSize(width: 1200, height: 600))
        var difference = Difference()
        for x in 0..<4 {
            let tile = try Drawing.draw(
                document, region: PixelRegion(x: 100 + 50 * x, y: 100, width: 50, height: 100),
                size: PixelSize(width: 300, height: 600))
            difference.add(tile, piece, x: 300 * x)
        }
        #expect(difference.worst <= 1, "\(difference)")
    }

    @Test("which zooms were drawn before changes no pixel", arguments: contents.keys.sorted())
    func history(content: String) throws {
        let bytes = svg(try #require(Self.contents[content]))
        let region = PixelRegion(x: 256, y: 256, width: 512, height: 512)
        let fresh = try Drawing.draw(try Drawing.open(bytes), factor: 2, region: region)
        let used = try Drawing.open(bytes)
        for factor in [1, 2, 4] { _ = try Drawing.draw(used, factor: factor) }
        var difference = Difference()
        difference.add(try Drawing.draw(used, factor: 2, region: region), fresh)
        #expect(difference.worst == 0)
    }

    @Test("a region at a scale of its own shows what the page shows there")
    func freeRegion() throws {
        let document = try Drawing.open(svg(##"<rect x="100" y="100" width="50" height="50" fill="#0000ff"/>"##))
        // 3 pixels of the page are one CSS pixel.
        let canvas = try Drawing.draw(
            document, region: PixelRegion(x: 301, y: 301, width: 97, height: 97), size: PixelSize(width: 70, height: 70)
        )
        #expect([canvas.row(0)[0], canvas.row(35)[35], canvas.row(69)[69]].allSatisfy { $0 & 0xFF_FFFF == 0xFF })
        let corner = try Drawing.draw(
            document, region: PixelRegion(x: 1101, y: 803, width: 99, height: 97),
            size: PixelSize(width: 70, height: 70))
        #expect([corner.row(0)[0], corner.row(69)[69]].allSatisfy { $0 & 0xFF_FFFF == 0xFF_FFFF })
    }

    @Test(
        "a drawing of the corpus equals what rsvg-convert makes of it",
        .enabled(if: RsvgConvert.path != nil, "rsvg-convert is not installed"),
        arguments: Corpus.names("svg", ["svg", "svgz"]), [2, 8])
    func fidelity(name: String, factor: Int) throws {
        let canvas = try Drawing.draw(try Drawing.open(try Corpus.bytes(name)), factor: factor)
        guard canvas.size.area <= 12_000_000 else { return }
        let folder = try #require(Corpus.folder)
        let reference = try RsvgConvert.picture(of: "\(folder)/\(name)", size: canvas.size)
        var difference = Difference()
        difference.add(canvas, reference)
        #expect(difference.count(beyond: 2) * 1000 <= difference.pixels, "\(difference)")
    }

    // MARK: Structure

    @Test(
        "a page is as large as the drawing says, else as its view box, else as what it draws",
        arguments: [
            (#"width="400" height="300""#, 300.0, 225.0), (#"width="2in" height="36pt""#, 144, 36),
            (#"viewBox="5 5 80 40""#, 60, 30), (#"width="100%" viewBox="0 0 80 40""#, 60, 30), ("", 30, 15),
        ])
    func size(attributes: String, width: Double, height: Double) throws {
        let document = try Drawing.open(svg(#"<rect width="40" height="20"/>"#, attributes))
        let page = try document.page(1)
        #expect(page.geometry == PageGeometry(width: width, height: height, unit: .points))
        #expect(document.summary.pages == 1 && page.tiles == .png)
        #expect(try document.pages(from: 1, count: 64) == [page])
        #expect(try document.pages(from: 2, count: 64).isEmpty)
        #expect(throws: DocumentError.noSuchPage(pages: 1)) { try document.page(2) }
    }

    @Test("recordings are given back, and the page is drawn again when it is wanted")
    func release() throws {
        let document = try Drawing.open(svg(try #require(Self.contents["strokes"])))
        #expect(document.oldestPageUse == nil)
        let before = try Drawing.draw(document, factor: 2)
        for factor in [1, 4] { _ = try Drawing.draw(document, factor: factor) }
        var uses: [UInt64] = []
        while let use = document.oldestPageUse {
            uses.append(use)
            document.releaseOldestPage()
        }
        #expect(uses.count == 3 && uses == uses.sorted())
        var difference = Difference()
        difference.add(try Drawing.draw(document, factor: 2), before)
        #expect(difference.worst == 0)
    }

    @Test("the memory of recordings comes back")
    func memory() throws {
        let paths = (0..<3_000).map { "<path d='M\($0 % 400) 0L\($0 % 399) 300z' stroke='red'/>" }.joined()
        let document = try Drawing.open(svg(paths))
        let region = PixelRegion(x: 0, y: 0, width: 64, height: 64)
        func allocated() -> Int { Int(recto_allocated_bytes()) }
        // All of the process is measured: other suites allocate at the same time, but not in every round.
        var isReturned = false
        for _ in 0..<20 where !isReturned {
            let before = allocated()
            for factor in [1, 2, 4, 8] { _ = try Drawing.draw(document, factor: factor, region: region) }
            let held = allocated() - before
            while document.oldestPageUse != nil { document.releaseOldestPage() }
            isReturned = held > 2 << 20 && abs(allocated() - before) < held / 10
        }
        #expect(isReturned)
    }

    @Test("drawing stops when nobody waits any more")
    func cancel() throws {
        let document = try Drawing.open(svg(try #require(Self.contents["strokes"])))
        let page = try document.page(1).geometry.pixelSize
        let tile = Tile(
            page: 1, region: PixelRegion(x: 0, y: 0, width: 1024, height: 512),
            size: PixelSize(width: 1024, height: 512),
            format: .png)
        for patience in 0...1 {
            var asked = 0
            #expect(throws: DocumentError.cancelled) {
                _ = try TileRenderer().draw(tile, pageSize: page, of: document) {
                    asked += 1
                    return asked > patience
                }
            }
        }
    }

    // MARK: What is not drawn

    @Test("damaged and foreign documents say so")
    func refused() throws {
        #expect(throws: DocumentError.self) { try Drawing.open(svg("<g>")) }
        #expect(throws: DocumentError.damaged("the drawing has no size")) { try Drawing.open(svg("", "")) }
        #expect(throws: DocumentError.formatUnknown) { try Drawing.open(try Gzip.compress(Array("text".utf8))) }
        #expect(throws: DocumentError.self) { try Drawing.open(Array(try Gzip.compress(svg("")).dropLast(9))) }
        #expect(try Drawing.open(try Gzip.compress(svg(""))).summary.pages == 1)
    }

    @Test("bombs are too large")
    func bombs() throws {
        let bomb = svg(String(repeating: " ", count: SVGBytes.mostBytes))
        #expect(throws: DocumentError.outOfMemory) { try Drawing.open(bomb) }
        #expect(throws: DocumentError.outOfMemory) { try Drawing.open(try Gzip.compress(bomb)) }
        let crowd = svg(String(repeating: "<g/>", count: SVGBytes.mostElements))
        #expect(throws: DocumentError.outOfMemory) { try Drawing.open(crowd) }
    }

    @Test("a malformed drawing gives a picture or a clear error", arguments: Corpus.names("malformed", [".svg"]))
    func malformed(name: String) throws {
        let start = ContinuousClock.now
        do {
            let document = try Drawing.open(try Corpus.bytes(name))
            for factor in [1, 4] { _ = try Drawing.draw(document, factor: factor) }
        } catch let error as DocumentError {
            #expect(error != .cancelled)
        }
        #expect(ContinuousClock.now - start < .seconds(10))
    }

    @Test("a drawing reads no file and reaches no network")
    func confined() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "recto-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let canvas = try Canvas(size: PixelSize(width: 8, height: 8))
        canvas.withPixels { _ in for y in 0..<8 { for x in 0..<8 { canvas.row(y)[x] = 0xFF12_3456 } } }
        let png = try TileRenderer().encode(canvas, as: .png)
        try Data(png).write(to: folder.appending(path: "a.png"))
        try Data(svg("<rect id='r' width='400' height='300' fill='#123456'/>")).write(
            to: folder.appending(path: "a.svg"))
        try Data("rect{fill:#123456}".utf8).write(to: folder.appending(path: "a.css"))
        let listener = try Listener()
        for place in [folder.path, folder.absoluteString, "http://127.0.0.1:\(listener.port)"] {
            let hostile = Array(
                """
                <!DOCTYPE svg [<!ENTITY e SYSTEM "\(place)/a.svg"><!ENTITY % p SYSTEM "\(place)/a.svg">]>
                <?xml-stylesheet href="\(place)/a.css" type="text/css"?>
                <svg xmlns="http://www.w3.org/2000/svg" xmlns:xi="http://www.w3.org/2001/XInclude" width="400" height="300">
                <style>@import url("\(place)/a.css");</style>
                <image href="\(place)/a.png" width="400" height="300"/><image href="\(place)/a.svg" width="400" height="300"/>
                <use href="\(place)/a.svg#r"/><rect width="9" height="9" filter="url(\(place)/a.svg#r)"/>
                <filter id="f"><feImage href="\(place)/a.png"/></filter><rect width="99" height="99" filter="url(#f)"/>
                <xi:include href="\(place)/a.svg"/><text y="90">&e;</text><rect x="300" width="9" height="9" fill="#00f"/></svg>
                """.utf8)
            // Refusing it altogether is as good.
            guard let document = try? Drawing.open(hostile) else { continue }
            let picture = try Drawing.draw(document, factor: 4)
            var seen: Set<UInt32> = []
            picture.withPixels { _ in
                for y in 0..<picture.size.height { for x in 0..<picture.size.width { seen.insert(picture.row(y)[x]) } }
            }
            #expect(!seen.contains(0xFF12_3456))
        }
        #expect(!listener.hasCaller)
        // The same picture inside the document is drawn.
        let inside = try Drawing.draw(
            try Drawing.open(
                svg("<image width='400' height='300' href='data:image/png;base64,\(Data(png).base64EncodedString())'/>")
            ),
            factor: 4)
        #expect(inside.row(110)[150] == 0xFF12_3456)
    }
}

/// A socket on the loopback that says whether anybody connected.
private final class Listener {
    private let descriptor: CInt
    let port: UInt16

    init() throws {
        let socket = socket(AF_INET, CInt(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
        descriptor = socket
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, length) == 0 && listen(socket, 9) == 0 && getsockname(socket, $0, &length) == 0
            }
        }
        try #require(isListening)
        port = UInt16(bigEndian: address.sin_port)
    }

    deinit { close(descriptor) }

    var hasCaller: Bool {
        let caller = accept(descriptor, nil, nil)
        if caller >= 0 { close(caller) }
        return caller >= 0
    }
}

private enum RsvgConvert {
    static let path = ["/usr/bin/rsvg-convert", "/usr/local/bin/rsvg-convert"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    static func picture(of file: String, size: PixelSize) throws -> Canvas {
        let output = FileManager.default.temporaryDirectory.appending(path: "recto-\(UUID().uuidString).png")
        defer { try? FileManager.default.removeItem(at: output) }
        let process = Process()
        process.executableURL = URL(filePath: try #require(path))
        process.arguments = [
            "--width=\(size.width)", "--height=\(size.height)", "--background-color=white", "--unlimited",
            "--output=\(output.path)", file,
        ]
        try process.run()
        process.waitUntilExit()
        let picture = CairoSurface(try #require(cairo_image_surface_create_from_png(output.path)))
        #expect(cairo_image_surface_get_width(picture.pointer) == CInt(size.width))
        #expect(cairo_image_surface_get_height(picture.pointer) == CInt(size.height))
        let canvas = try Canvas(size: size)
        try CairoSurface(sharing: canvas.surface).withContext { context in
            cairo_set_source_surface(context, picture.pointer, 0, 0)
            cairo_paint(context)
        }
        return canvas
    }
}
