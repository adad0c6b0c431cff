// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials

/// What a reader must know of a document to plan what to look at: taken from the files before a cluster starts, so that
/// planning warms nothing.
package struct DocumentShape: Sendable, Codable, Hashable {
    package struct Page: Sendable, Codable, Hashable {
        package var width: Double
        package var height: Double
        package var unit: String
        package var tiles: String

        package init(width: Double, height: Double, unit: String, tiles: String) {
            self.width = width
            self.height = height
            self.unit = unit
            self.tiles = tiles
        }

        /// In the pixels that IIIF announces: 4 a point for vector pages.
        package var fullSize: (width: Int, height: Int) {
            let factor = unit == "px" ? 1.0 : 4.0
            return (max(1, Int((width * factor).rounded())), max(1, Int((height * factor).rounded())))
        }
    }

    /// The name as one percent-encoded path segment.
    package var path: String
    package var bytes: Int
    package var pages: [Page]

    package init(path: String, bytes: Int, pages: [Page]) {
        self.path = path
        self.bytes = bytes
        self.pages = pages
    }

    private struct Inspection: Decodable { var pages: [Page] }

    /// Nil where the text is not what `recto inspect` prints for a document that can be shown.
    package init?(path: String, bytes: Int, inspection: [UInt8]) {
        guard let answer = try? JSONDecoder().decode(Inspection.self, from: Data(inspection)), !answer.pages.isEmpty
        else { return nil }
        self.init(path: path, bytes: bytes, pages: answer.pages)
    }
}
