// SPDX-License-Identifier: Apache-2.0

package import Document
import TileModel

/// What workers of the kind `pdf` open.
package enum PDFEngine {
    package static let formats = DocumentFormats(.pdf, [PDFFormat.self])
}
