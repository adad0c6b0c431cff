// SPDX-License-Identifier: Apache-2.0

import Glibc
import NIOCore
package import TileModel

/// A document read whole into a file without a name, for archives that are not made of local files.
package enum WholeCopy {
    /// The largest document that is copied, in bytes.
    private static let limit = 4 << 30
    /// Read at a time, in bytes.
    private static let piece = 8 << 20

    package static func make(of document: PinnedDocument, from archive: any DocumentArchive) async throws
        -> ArchiveFile
    {
        let file = try SpooledFile(limit: limit)
        while true {
            let bytes = try await archive.read(file.size..<file.size + piece, of: document)
            try await file.append(ByteBuffer(bytes: bytes))
            guard bytes.count == piece else { break }
        }
        return try ArchiveFile(descriptor: file.readOnlyDescriptor())
    }
}

extension ArchiveFile {
    /// Takes the descriptor over; closes it where it fails.
    init(descriptor: CInt) throws(ArchiveError) {
        var status = Glibc.stat()
        guard fstat(descriptor, &status) == 0 else {
            close(descriptor)
            throw .failed(String(cString: strerror(errno)))
        }
        self.init(descriptor: descriptor, status)
    }

    init(descriptor: CInt, _ status: Glibc.stat) {
        self.init(
            descriptor: descriptor, size: Int(status.st_size), modifiedSeconds: status.st_mtim.tv_sec,
            modifiedNanoseconds: status.st_mtim.tv_nsec, changedSeconds: status.st_ctim.tv_sec,
            changedNanoseconds: status.st_ctim.tv_nsec)
    }
}
