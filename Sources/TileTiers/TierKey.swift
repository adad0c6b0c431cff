// SPDX-License-Identifier: Apache-2.0

import Crypto
package import TileModel

/// What names a tile's bytes beyond this process: document and version, what was asked for, and the rendering fingerprint of
/// those that made it. So nothing old is ever found under a new name.
///
/// There is none for what a password opened: that is kept nowhere but in the memory of the process that was told it.
package struct TierKey: Hashable, Sendable {
    package let document: PinnedDocument
    /// Page, canonical request and fingerprint.
    package let content: String
    /// 128 bits of SHA-256 over all of it, in hexadecimal: names files and keys. What is kept has the whole key with it all
    /// the same.
    package let digest: String

    /// - Parameter content: what is kept of the document, and everything else that decides its bytes.
    package init(document: PinnedDocument, content: String) {
        self.document = document
        self.content = content
        digest = Self.digest(Array("\(document.pathSegment)\n\(content)".utf8))
    }

    /// The whole key as it stands beside what is kept.
    var text: String { "\(document.version.value)\n\(content)" }

    private static func digest(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        let hash = SHA256.hash(data: bytes).prefix(16)
        return String(decoding: hash.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
