// SPDX-License-Identifier: Apache-2.0

package import Document

/// SVG, also compressed (SVGZ), by librsvg.
package enum SVGFormat: DocumentFormat {
    static let mediaType = "image/svg+xml"
    package static let mediaTypes = [mediaType]
    package static let engine = "librsvg/\(SVGPicture.version) \(DrawingLibraries.versions)"

    package static func prepare() { _ = DrawingLibraries.prepared }

    package static var readableFolders: [String] { DrawingLibraries.readableFolders }

    /// Reads and parses the whole document.
    /// - Throws: `damaged`, `outOfMemory` where it is beyond the bounds of `SVGBytes`, `formatUnknown` where something else
    ///   was compressed.
    package static func open(_ source: any DocumentSource, password: [UInt8]?, clock: UseClock) throws
        -> any OpenDocument
    {
        prepare()
        return try SVGDocument(SVGPicture(try SVGBytes.read(source)), clock: clock)
    }
}
