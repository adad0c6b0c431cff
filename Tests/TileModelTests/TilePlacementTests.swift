// SPDX-License-Identifier: Apache-2.0

import Testing
import TileModel

struct TilePlacementTests {
    @Test(
        "all tiles of a zoom lie on one page of the size that the whole page has at that zoom",
        arguments: [
            PixelSize(width: 2448, height: 3168), PixelSize(width: 2381, height: 3368),
            PixelSize(width: 777, height: 5001),
        ],
        [1, 2, 3, 4, 5, 8, 16])
    func grid(page: PixelSize, factor: Int) {
        let side = 512 * factor
        let whole = PixelSize(width: (page.width + factor - 1) / factor, height: (page.height + factor - 1) / factor)
        for x in stride(from: 0, to: page.width, by: side) {
            for y in stride(from: 0, to: page.height, by: side) {
                let region = PixelRegion(
                    x: x, y: y, width: min(side, page.width - x), height: min(side, page.height - y))
                let size = PixelSize(
                    width: (region.width + factor - 1) / factor, height: (region.height + factor - 1) / factor)
                let placement = TilePlacement(region: region, size: size, pageSize: page)
                #expect(placement == .aligned(page: whole, x: x / factor, y: y / factor))
            }
        }
    }

    @Test("whole enlargements are aligned as well", arguments: [2, 3, 4])
    func enlarged(factor: Int) {
        let page = PixelSize(width: 1000, height: 700)
        let placement = TilePlacement(
            region: PixelRegion(x: 170, y: 340, width: 170, height: 170),
            size: PixelSize(width: 170 * factor, height: 170 * factor), pageSize: page)
        #expect(
            placement
                == .aligned(
                    page: PixelSize(width: 1000 * factor, height: 700 * factor), x: 170 * factor, y: 340 * factor))
    }

    @Test("the whole page at any size starts at its corner")
    func whole() {
        let placement = TilePlacement(
            region: PixelRegion(x: 0, y: 0, width: 2448, height: 3168), size: PixelSize(width: 800, height: 1035),
            pageSize: PixelSize(width: 2448, height: 3168))
        #expect(placement == .aligned(page: PixelSize(width: 800, height: 1035), x: 0, y: 0))
    }

    @Test("a region that fits no scale factor keeps its exact scale and origin")
    func free() {
        let placement = TilePlacement(
            region: PixelRegion(x: 101, y: 33, width: 300, height: 300), size: PixelSize(width: 200, height: 200),
            pageSize: PixelSize(width: 2448, height: 3168))
        guard case .free(let scaleX, let scaleY, let originX, let originY) = placement else {
            Issue.record("not free: \(placement)")
            return
        }
        #expect(scaleX == 2.0 / 3 && scaleY == 2.0 / 3)
        #expect(abs(originX - 101 * 2.0 / 3) < 1e-9 && abs(originY - 22) < 1e-9)
    }
}
