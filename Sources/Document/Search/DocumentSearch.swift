// SPDX-License-Identifier: Apache-2.0

package import TileModel

/// Searches documents page by page. Used by one thread; keeps what it has learnt of characters.
package final class DocumentSearch {
    private let folding = TextFolding()

    /// Hits of one job: beyond them, the reader takes what there is first.
    private static let hitsPerPart = 500

    package init() {}

    /// Searches from a page on until the lease is over or there are many hits, at least one page. A page that is damaged has
    /// no text.
    /// - Parameter isOver: asked after each page, and told whether there are hits to show.
    package func part(
        of document: any OpenDocument, for text: String, from first: Int, isOver: (_ hasHits: Bool) -> Bool
    ) throws -> SearchPart {
        let query = SearchQuery(text, folding: folding)
        var hits: [SearchHit] = []
        var page = max(1, first)
        while try document.hasPage(page) {
            do {
                hits += try document.hits(of: query, on: page)
            } catch DocumentError.damaged {
            }
            page += 1
            if hits.count >= Self.hitsPerPart || isOver(!hits.isEmpty) {
                return SearchPart(hits: hits, next: try document.hasPage(page) ? page : nil)
            }
        }
        return SearchPart(hits: hits, next: nil)
    }
}

extension OpenDocument {
    fileprivate func hasPage(_ page: Int) throws -> Bool {
        if let pages = summary.pages { return page <= pages }
        return try !pages(from: page, count: 1).isEmpty
    }
}
