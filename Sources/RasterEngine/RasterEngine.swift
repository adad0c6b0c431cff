// SPDX-License-Identifier: Apache-2.0

package import Document
import TileModel

/// What workers of the kind `raster` open.
package enum RasterEngine {
    package static let formats = DocumentFormats(
        .raster,
        [
            TIFFFormat.self, JPEGFormat.self, PNGFormat.self, WebPFormat.self, GIFFormat.self, JPEG2000Format.self,
        ])
}
