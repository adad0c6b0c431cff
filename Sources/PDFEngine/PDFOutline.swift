// SPDX-License-Identifier: Apache-2.0

import CPDFium
import TileModel

/// Reads a PDF's bookmarks. Damaged files link bookmarks in circles or by the million, so depth and number are bounded
/// and none is visited twice.
struct PDFOutline {
    private static let deepest = 32
    private static let mostItems = 100_000

    private let document: FPDF_DOCUMENT
    private let destinations: PDFDestinations
    private var visited: Set<FPDF_BOOKMARK> = []

    init(_ document: FPDF_DOCUMENT, destinations: PDFDestinations) {
        self.document = document
        self.destinations = destinations
    }

    func items() -> [OutlineItem] {
        var walk = self
        return walk.children(of: nil, depth: 0)
    }

    private mutating func children(of parent: FPDF_BOOKMARK?, depth: Int) -> [OutlineItem] {
        var items: [OutlineItem] = []
        var next = FPDFBookmark_GetFirstChild(document, parent)
        while let bookmark = next, visited.count < Self.mostItems, visited.insert(bookmark).inserted {
            let title = PDFFile.text { FPDFBookmark_GetTitle(bookmark, $0, $1) } ?? ""
            let below = depth < Self.deepest ? children(of: bookmark, depth: depth + 1) : []
            let target = target(of: bookmark)
            items.append(
                OutlineItem(title: title, page: target?.page, position: target?.position, items: below))
            next = FPDFBookmark_GetNextSibling(document, bookmark)
        }
        return items
    }

    private func target(of bookmark: FPDF_BOOKMARK) -> (page: Int, position: PagePosition?)? {
        var destination = FPDFBookmark_GetDest(document, bookmark)
        if destination == nil, let action = FPDFBookmark_GetAction(bookmark) {
            destination = FPDFAction_GetDest(document, action)
        }
        return destination.flatMap(destinations.target)
    }
}
