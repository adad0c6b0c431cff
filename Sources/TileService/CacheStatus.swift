// SPDX-License-Identifier: Apache-2.0

/// How an answer came about, as the header `Cache-Status` tells it (RFC 9211).
package struct CacheStatus: Sendable, Hashable {
    static let header = "Cache-Status"

    /// Nothing had to be made for it.
    package var isHit: Bool
    /// False where the archive could not be asked whether it is still current.
    package var isConfirmed: Bool

    package var text: String {
        // `miss`, not `uri-miss`: what was lacking may be the page's size as well as the picture.
        "Recto; " + (isHit ? "hit" : "fwd=miss") + (isConfirmed ? "" : "; detail=archive-unreachable")
    }
}
