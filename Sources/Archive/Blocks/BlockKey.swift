// SPDX-License-Identifier: Apache-2.0

import Crypto
package import TileModel

/// A version of a document of one archive, and how the file is called that keeps its blocks.
package struct BlockKey: Hashable, Sendable {
    package let document: PinnedDocument
    let grid: BlockGrid
    /// Tells documents apart whose names and versions are the same in two archives.
    package let archive: String

    /// - Parameter size: bytes of this version.
    package init(_ document: PinnedDocument, size: Int, archive: String) {
        self.document = document
        grid = BlockGrid(size: size)
        self.archive = archive
    }

    /// Bytes of this version.
    package var size: Int { grid.size }

    /// 32 hexadecimal digits for the document, 16 for the version and its size: all versions of a document have the same
    /// beginning.
    package var fileName: String {
        let version = Array(document.version.value.utf8) + Array("/\(grid.size)".utf8)
        return Self.prefix(of: document.document, archive: archive) + Self.digits(version, 8)
    }

    static func prefix(of document: DocumentID, archive: String) -> String {
        digits(Array(archive.utf8) + [0] + document.bytes, 16)
    }

    private static func digits(_ bytes: [UInt8], _ count: Int) -> String {
        let digits = Array("0123456789abcdef".utf8)
        let text = SHA256.hash(data: bytes).prefix(count).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        return String(decoding: text, as: UTF8.self)
    }

    /// Begins the digest of each block, so that one which lies in a wrong place is not taken for right.
    var seed: UInt64 { UInt64(fileName.prefix(16), radix: 16) ?? 0 }
}
