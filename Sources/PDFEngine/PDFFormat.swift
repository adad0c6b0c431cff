// SPDX-License-Identifier: Apache-2.0

import CPDFium
package import Document

/// PDF by PDFium.
package enum PDFFormat: DocumentFormat {
    static let mediaType = "application/pdf"
    package static let mediaTypes = [mediaType]
    /// The library's own bytes: `PDFIUM=…` may have brought another build than the pinned one.
    package static let engine: String = {
        let library = FileDigest.library("/libpdfium.so").map(FileDigest.content) ?? 0
        return
            "pdfium/\(String(library, radix: 16)) fonts/\(String(FileDigest.inventory(of: readableFolders), radix: 16))"
    }()

    /// Where PDFium on Linux looks for fonts that a document does not bring, when the first document lacks one.
    package static let readableFolders = [
        "/usr/share/fonts", "/usr/share/X11/fonts/Type1", "/usr/share/X11/fonts/TTF", "/usr/local/share/fonts",
    ]

    package static func prepare() {
        var configuration = FPDF_LIBRARY_CONFIG()
        configuration.version = 2
        FPDF_InitLibraryWithConfig(&configuration)
    }

    package static func open(_ source: any DocumentSource, password: [UInt8]?, clock: UseClock) throws
        -> any OpenDocument
    {
        try PDFDocument(source: source, password: password, clock: clock)
    }
}
