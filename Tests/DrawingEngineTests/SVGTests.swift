// SPDX-License-Identifier: Apache-2.0

import CCairo
import Document
import Foundation
import Testing
import TileModel

@testable import DrawingEngine

@Suite(.serialized)
struct SVGTests {
    @Test("seams", arguments: Corpus.names("svg", [".svg", ".svgz"]))
    func seams(name: String) throws {
        for factor in [1, 2, 4, 8] {
            let document = try Drawing.open(try Corpus.bytes(name))
            let size = try document.page(1).geometry.pixelSize
            if size.area / factor / factor > 12_000_000 { continue }
            let start = ContinuousClock.now
            let d = try Drawing.seams(document, factor: factor)
            print(name, size, factor, d, ContinuousClock.now - start)
        }
    }
}
