// SPDX-License-Identifier: Apache-2.0

/// What a viewer must know before pixels, one event at a time, in the order in which it becomes known.
package enum StructureEvent: Sendable {
    case document(DocumentSummary)
    case page(PageSummary)
    case preview(Preview)
    case outline([OutlineItem])
    /// The last event; its page count is authoritative.
    case end(pages: Int)
}

package struct DocumentSummary: Sendable, Hashable {
    /// A media type such as `application/pdf`.
    package var format: String
    /// Absent where it is not known until all pages have been found.
    package var pages: Int?
    package var title: String?
    package var metadata: DocumentMetadata

    package init(
        format: String, pages: Int?, title: String?, metadata: DocumentMetadata = DocumentMetadata()
    ) {
        self.format = format
        self.pages = pages
        self.title = title
        self.metadata = metadata
    }
}

package struct PageSummary: Sendable, Hashable {
    /// 1-based.
    package var page: Int
    package var geometry: PageGeometry
    /// What the document itself calls the page, e.g. `iv`.
    package var label: String?
    /// The format in which tiles of this page are smaller or better.
    package var tiles: TileFormat

    package init(page: Int, geometry: PageGeometry, label: String?, tiles: TileFormat) {
        self.page = page
        self.geometry = geometry
        self.label = label
        self.tiles = tiles
    }
}

/// The first page, small, inside the structure stream.
package struct Preview: Sendable {
    package var page: Int
    package var size: PixelSize
    package var format: TileFormat
    package var data: [UInt8]

    package init(page: Int, size: PixelSize, format: TileFormat, data: [UInt8]) {
        self.page = page
        self.size = size
        self.format = format
        self.data = data
    }
}

/// An entry of the document's table of contents.
package struct OutlineItem: Sendable, Hashable {
    package var title: String
    /// The 1-based page it leads to, if any.
    package var page: Int?
    /// Where on that page, if it says so.
    package var position: PagePosition?
    package var items: [OutlineItem]

    package init(title: String, page: Int?, position: PagePosition? = nil, items: [OutlineItem] = []) {
        self.title = title
        self.page = page
        self.position = position
        self.items = items
    }
}
