// SPDX-License-Identifier: Apache-2.0

package import Document
import TileModel

/// What workers of the kind `drawing` open.
package enum DrawingEngine {
    package static let formats = DocumentFormats(.drawing, [SVGFormat.self, TextFormat.self])
}
