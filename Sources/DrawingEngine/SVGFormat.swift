// SPDX-License-Identifier: Apache-2.0

package import Document

/// SVG, also compressed (SVGZ), by librsvg.
package enum SVGFormat: DocumentFormat {
    package static let mediaType = "image/svg+xml"
    package static let engine = "librsvg/\(SVGPicture.version) \(DrawingLibraries.versions)"

    package static func prepare() { _ = DrawingLibraries.prepared }

    /// Whether the document is XML whose first element is `svg`, or gzip, of which nothing more can be told by its head.
    package static func recognises(head: [UInt8]) -> Bool {
        SVGBytes.isCompressed(head) || SVGBytes.beginsWithElement(named: "svg", head)
    }

    package static func recognises(_ head: [UInt8]) -> Bool { recognises(head: head) }

    /// Reads and parses the whole document.
    /// - Throws: `damaged`, `outOfMemory` where it is beyond the bounds of `SVGBytes`, `formatUnknown` where something else
    ///   was compressed.
    package static func open(_ source: any DocumentSource, clock: UseClock) throws -> any OpenDocument {
        prepare()
        return try SVGDocument(SVGPicture(try SVGBytes.read(source)), clock: clock)
    }
}
