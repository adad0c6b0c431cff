// SPDX-License-Identifier: Apache-2.0

import CPDFium
import Document
import TileModel

extension PDFDocument {
    func text(of page: Int) throws -> PageText {
        try withPage(page) { PageText(words: PDFTextPage($0)?.words() ?? []) }
    }

    func links(on page: Int) throws -> [PageLink] {
        try withPage(page) { PDFLinks(document: handle, destinations: destinations()).links(on: $0) }
    }

    func hits(of query: SearchQuery, on page: Int) throws -> [SearchHit] {
        try withPage(page) { handle in
            guard let text = PDFTextPage(handle) else { return [] }
            return query.hits(in: text.scalars, on: page) { text.boxes($0) }
        }
    }
}
