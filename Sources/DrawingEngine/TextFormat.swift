// SPDX-License-Identifier: Apache-2.0

package import Document

/// Plain text by Pango. To be asked last: text is what nothing else recognises.
package enum TextFormat: DocumentFormat {
    static let mediaType = "text/plain"
    package static let mediaTypes = [mediaType]
    package static let engine = "text/\(TextPageRule.revision) \(DrawingLibraries.versions)"

    package static func prepare() { _ = DrawingLibraries.prepared }

    package static var readableFolders: [String] { DrawingLibraries.readableFolders }

    /// Reads the first 64 KiB, however large the document is.
    package static func open(_ source: any DocumentSource, password: [UInt8]?, clock: UseClock) throws
        -> any OpenDocument
    {
        prepare()
        return try TextDocument(source)
    }
}
