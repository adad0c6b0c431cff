// SPDX-License-Identifier: Apache-2.0

import Testing
import TileModel

/// A page of 1000 × 2000 pixels.
private let page = PixelSize(width: 1000, height: 2000)

private func tile(
    _ region: String, _ size: String, _ rotation: String = "0", _ file: String = "default.png",
    limit: PixelLimit = .standard
) throws -> Tile {
    let request = try ImageRequest(
        region: Substring(region), size: Substring(size), rotation: Substring(rotation), file: Substring(file))
    return try Tile(request, page: 1, pageSize: page, limit: limit)
}

struct ImageRequestTests {
    @Test(
        "junk in any position is refused",
        arguments: [
            ("junk", "max", "0", "default.png"), ("0,0,10", "max", "0", "default.png"),
            ("-1,0,10,10", "max", "0", "default.png"), ("0,0,1e3,10", "max", "0", "default.png"),
            ("pct:0,0,inf,10", "max", "0", "default.png"), ("full", "full", "0", "default.png"),
            ("full", "", "0", "default.png"), ("full", ",", "0", "default.png"), ("full", "!5,", "0", "default.png"),
            ("full", "^^5,", "0", "default.png"), ("full", "+5,", "0", "default.png"),
            ("full", "max", "x", "default.png"),
            ("full", "max", "-90", "default.png"), ("full", "max", "361", "default.png"),
            ("full", "max", "!", "default.png"), ("full", "max", "0", "best.png"), ("full", "max", "0", "default.exe"),
            ("full", "max", "0", "default"), ("full", "pct:1.2.3", "0", "default.png"),
            ("0,0,99999999999999999999,1", "max", "0", "default.png"),
        ])
    func junk(region: String, size: String, rotation: String, file: String) {
        #expect(throws: ImageRequestError.self) { try tile(region, size, rotation, file) }
    }

    @Test(
        "sizes follow the specification",
        arguments: [
            ("max", 1000, 2000), ("500,", 500, 1000), (",500", 250, 500), ("pct:50", 500, 1000), ("300,300", 300, 300),
            ("!300,300", 150, 300), ("^!3000,4000", 2000, 4000), ("^2000,", 2000, 4000),
            ("^pct:200", 2000, 4000), ("%5E1500,", 1500, 3000),
        ])
    func sizes(size: String, width: Int, height: Int) throws {
        #expect(try tile("full", size).size == PixelSize(width: width, height: height))
    }

    @Test(
        "enlarging without a caret is refused",
        arguments: ["1001,", ",2001", "pct:101", "1001,10", "10,2001", "!1001,4000"])
    func enlargement(size: String) {
        #expect(throws: ImageRequestError.enlargement) { try tile("full", size) }
    }

    @Test("a region beyond the page is refused, one across its edge is clipped")
    func regions() throws {
        #expect(throws: ImageRequestError.regionOutside) { try tile("1000,0,10,10", "max") }
        #expect(throws: ImageRequestError.regionOutside) { try tile("0,0,0,10", "max") }
        #expect(throws: ImageRequestError.regionOutside) { try tile("pct:100,0,10,10", "max") }
        #expect(try tile("900,1900,500,500", "max").region == PixelRegion(x: 900, y: 1900, width: 100, height: 100))
        #expect(try tile("square", "max").region == PixelRegion(x: 0, y: 500, width: 1000, height: 1000))
        #expect(try tile("pct:50,50,25,25", "max").region == PixelRegion(x: 500, y: 1000, width: 250, height: 500))
    }

    @Test("more pixels than allowed are refused, and max keeps within them")
    func limits() throws {
        let limit = PixelLimit(area: 500_000)
        #expect(throws: ImageRequestError.tooLarge(pixels: 2_000_000, allowed: 500_000)) {
            try tile("full", "1000,", limit: limit)
        }
        let largest = try tile("full", "max", limit: limit).size
        #expect(largest.area <= 500_000)
        #expect(largest.area > 490_000)
        #expect(throws: ImageRequestError.self) { try tile("full", "^999999999,999999999") }
        #expect(throws: ImageRequestError.self) { try tile("full", "^pct:99999999999999999999999") }
    }

    @Test(
        "requests that mean the same picture have one canonical form",
        arguments: [
            ("full", "max", "0", "default.png"), ("0,0,1000,2000", "1000,", "0", "color.png"),
            ("pct:0,0,100,100", "pct:100", "360", "default.png"), ("full", ",2000", "0.0", "default.png"),
            ("0,0,5000,5000", "1000,2000", "000", "default.png"),
        ])
    func canonical(region: String, size: String, rotation: String, file: String) throws {
        let tile = try tile(region, size, rotation, file)
        #expect(tile.canonicalRequest == "full/max/0/default.png")
        #expect(try tile == TileModelTests.tile("full", "max"))
    }

    @Test("a rotated picture has the size of its bounds")
    func rotation() throws {
        #expect(try tile("full", "100,", "90").outputSize == PixelSize(width: 200, height: 100))
        #expect(try tile("full", "100,", "!180").outputSize == PixelSize(width: 100, height: 200))
        let diagonal = try tile("full", "100,", "45").outputSize
        #expect(diagonal == PixelSize(width: 213, height: 213))
    }

    @Test("sine and cosine agree with exact values")
    func trigonometry() {
        for (degrees, sine, cosine) in [
            (0.0, 0.0, 1.0), (30, 0.5, 0.8660254037844386), (90, 1, 0), (180, 0, -1),
            (225, -0.7071067811865476, -0.7071067811865476),
            (270, -1, 0), (330, -0.5, 0.8660254037844386),
        ] {
            let value = Tile.sineAndCosine(degrees: degrees)
            #expect(abs(value.sine - sine) < 1e-12)
            #expect(abs(value.cosine - cosine) < 1e-12)
        }
    }
}
