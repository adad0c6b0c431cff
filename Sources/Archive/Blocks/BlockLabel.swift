// SPDX-License-Identifier: Apache-2.0

import Glibc
import TileModel

/// Which document a block file on disk is of. It stands between the file's header and its slots, since the file's name is a
/// digest.
struct BlockLabel {
    private static let offset = 64
    /// Up to the slots.
    private static let longest = 4096 - 64 - 8

    let document: DocumentID
    let version: DocumentVersion
    /// Of the document, in bytes.
    let size: Int

    /// Nil where the file says nothing that can be understood: then it was made by an earlier build, or its names are too
    /// long.
    init?(path: String) {
        let file = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var length: UInt64 = 0
        guard withUnsafeMutableBytes(of: &length, { file.read(into: $0, at: Self.offset) }),
            (1...UInt64(Self.longest)).contains(UInt64(littleEndian: length))
        else { return nil }
        var bytes = [UInt8](repeating: 0, count: Int(UInt64(littleEndian: length)))
        guard bytes.withUnsafeMutableBytes({ file.read(into: $0, at: Self.offset + 8) }) else { return nil }
        let parts = bytes.split(separator: 0, omittingEmptySubsequences: false)
        guard parts.count == 2, let document = try? DocumentID(bytes: parts[0]),
            let version = try? DocumentVersion(String(decoding: parts[1], as: UTF8.self))
        else { return nil }
        self.document = document
        self.version = version
        guard let size = BlockFileLayout.documentSize(file) else { return nil }
        self.size = size
    }

    static func write(_ document: PinnedDocument, to file: CInt) throws(BlockFileError) {
        // Names of documents have no NUL.
        let bytes = document.document.bytes + [0] + Array(document.version.value.utf8)
        guard bytes.count <= longest else { return }
        try file.write([UInt64(bytes.count)], at: offset)
        let result = bytes.withUnsafeBytes { bytes -> Result<Void, BlockFileError> in
            do throws(BlockFileError) { return .success(try file.write(bytes, at: offset + 8)) } catch {
                return .failure(error)
            }
        }
        try result.get()
    }
}
