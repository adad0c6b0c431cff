// SPDX-License-Identifier: Apache-2.0

import Crypto
import TileModel

/// Everything but the document that decides a tile's bytes: part of every cache key and entity tag.
package struct RenderingFingerprint: Sendable, Hashable {
    package let digest: String

    /// - Parameter parts: what the workers say of engines, fonts and encoders, and what this build adds.
    package init(parts: [String]) {
        var hash = SHA256()
        for part in parts {
            hash.update(data: Array(part.utf8))
            hash.update(data: [0])
        }
        digest = Hex.text(hash.finalize().prefix(8))
    }

    /// One that was worked out before.
    init(digest: String) { self.digest = digest }

    /// The strong entity tag of a tile, quotes included: equal if and only if the bytes are.
    func entityTag(_ document: PinnedDocument, _ tile: Tile) -> String {
        entityTag(document, [String(tile.page), tile.canonicalRequest])
    }

    /// The same for anything else that is made of a document.
    /// - Parameter parts: what names it within the document.
    func entityTag(_ document: PinnedDocument, _ parts: [String]) -> String {
        var hash = SHA256()
        for part in [document.pathSegment] + parts + [digest] {
            hash.update(data: Array(part.utf8))
            hash.update(data: [0])
        }
        return "\"\(Hex.text(hash.finalize().prefix(12)))\""
    }
}

enum Hex {
    static func text(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
