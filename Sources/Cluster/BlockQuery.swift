// SPDX-License-Identifier: Apache-2.0

package import HTTPService
package import TileModel

/// A question for blocks of a document:
/// `GET /cluster/blocks/{document}@{version}?size=&name=&ranges=FIRST-END,FIRST-END…`
package struct BlockQuery: Sendable, Equatable {
    package let document: PinnedDocument
    /// Bytes of that version.
    package let size: Int
    /// What the asker calls the document's file of blocks: it differs where the two have different archives.
    package let name: String
    /// Of bytes, half open, not empty.
    package let ranges: [Range<Int>]

    /// More of them than a job asks for at a time.
    private static let mostRanges = 256

    package struct Malformed: Error {}

    package init(document: PinnedDocument, size: Int, name: String, ranges: [Range<Int>]) {
        self.document = document
        self.size = size
        self.name = name
        self.ranges = ranges
    }

    /// - Parameter segment: `{document}@{version}`.
    package init(_ segment: Substring, _ request: HTTPRequest) throws {
        let reference = try DocumentReference(pathSegment: segment.utf8)
        guard let version = reference.version, let size = request.query("size").flatMap({ Int($0) }), size > 0,
            let name = request.query("name"), let ranges = request.query("ranges")
        else { throw Malformed() }
        let parts = ranges.split(separator: ",")
        guard (1...Self.mostRanges).contains(parts.count) else { throw Malformed() }
        self.init(
            document: PinnedDocument(reference.document, version), size: size, name: name,
            ranges: try parts.map(Self.range))
    }

    private static func range(_ text: Substring) throws(Malformed) -> Range<Int> {
        let ends = text.split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2, let first = Int(ends[0]), let end = Int(ends[1]), first >= 0, first < end else {
            throw Malformed()
        }
        return first..<end
    }

    /// Path and query.
    var target: String {
        let ranges = ranges.map { "\($0.lowerBound)-\($0.upperBound)" }.joined(separator: ",")
        return "/cluster/blocks/\(document.pathSegment)?size=\(size)&name=\(name)&ranges=\(ranges)"
    }
}
