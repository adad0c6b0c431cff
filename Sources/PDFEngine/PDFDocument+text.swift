// SPDX-License-Identifier: Apache-2.0

import CPDFium
import Document
import TileModel

extension PDFDocument {
    func text(of page: Int) throws -> PageText {
        let unit = userUnit(page)
        return try withPage(page) { handle in
            var words = PDFTextPage(handle)?.words() ?? []
            if unit != 1 { for index in words.indices { words[index].box = words[index].box.scaled(by: unit) } }
            return PageText(words: words)
        }
    }

    func links(on page: Int) throws -> [PageLink] {
        let unit = userUnit(page)
        return try withPage(page) { handle in
            PDFLinks(document: self.handle, destinations: destinations()).links(on: handle).map { link in
                PageLink(boxes: link.boxes.map { $0.scaled(by: unit) }, target: link.target)
            }
        }
    }

    func hits(of query: SearchQuery, on page: Int) throws -> [SearchHit] {
        try withPage(page) { handle in
            guard let text = PDFTextPage(handle) else { return [] }
            return query.hits(in: text.scalars, on: page) { range in
                text.boxes(range).map { $0.scaled(by: userUnit(page)) }
            }
        }
    }
}
