// SPDX-License-Identifier: Apache-2.0

import Glibc
import TileCache

/// Reads and writes whole files of a folder. Methods wait for the disk.
///
/// A file is written under a name that nobody looks for and then given its own, so that what an interruption leaves is never
/// taken for a tile. It is not forced to the disk: after a failure of the power its digest tells.
struct TileFiles {
    struct Failure: Error {
        let code: CInt

        /// The disk has no room; nothing is wrong with it otherwise.
        var isFull: Bool { code == ENOSPC || code == EDQUOT }
        var reason: String { String(cString: strerror(code)) }
    }

    let folder: CacheFolder

    /// Begins with a dot: `CacheFolder.entries` leaves it out.
    private static let unfinished = ".new-"
    /// More than any tile has: a file that is larger is none of ours.
    private static let longest = 1 << 28

    /// Returns what the file takes of the disk.
    func write(_ bytes: [UInt8], to name: String) throws(Failure) -> Int {
        let path = folder.path(of: Self.unfinished + name)
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw Failure(code: errno) }
        let code = Self.writeAll(bytes, file)
        var status = stat()
        fstat(file, &status)
        let closed = close(file) == 0 ? 0 : errno
        guard code == 0, closed == 0, rename(path, folder.path(of: name)) == 0 else {
            let failed = code != 0 ? code : closed != 0 ? closed : errno
            unlink(path)
            throw Failure(code: failed)
        }
        return Int(status.st_blocks) * 512
    }

    private static func writeAll(_ bytes: [UInt8], _ file: CInt) -> CInt {
        bytes.withUnsafeBytes { bytes in
            var done = 0
            while done < bytes.count {
                let count = Glibc.write(file, bytes.baseAddress! + done, bytes.count - done)
                if count > 0 { done += count } else if count == 0 || errno != EINTR { return count == 0 ? EIO : errno }
            }
            return 0
        }
    }

    /// The file's bytes, all of them or those at its beginning; nil where there is none.
    func read(_ name: String, atMost limit: Int = longest) throws(Failure) -> [UInt8]? {
        let file = open(folder.path(of: name), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard file >= 0 else {
            if errno == ENOENT { return nil }
            throw Failure(code: errno)
        }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw Failure(code: errno) }
        let size = min(Int(status.st_size), limit)
        var code: CInt = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            while count < size {
                let read = Glibc.read(file, buffer.baseAddress! + count, size - count)
                if read > 0 {
                    count += read
                } else if read == 0 {
                    return
                } else if errno != EINTR {
                    code = errno
                    return
                }
            }
        }
        guard code == 0 else { throw Failure(code: code) }
        return bytes
    }

    func remove(_ name: String) { folder.remove(name) }

    /// Removes what an earlier process was writing when it ended.
    func removeUnfinished() {
        guard let directory = opendir(folder.path) else { return }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name.hasPrefix(Self.unfinished) { remove(name) }
        }
    }
}
