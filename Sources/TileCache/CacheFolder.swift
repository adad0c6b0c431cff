// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The folder of one process in which a cache keeps its files. Locked as long as this lives: two processes would take away
/// each other's.
package final class CacheFolder: Sendable {
    package struct Entry {
        package var name: String
        /// What it takes of the disk.
        package var bytes: Int
        /// When it was last used, in nanoseconds since 1970.
        package var used: Int

        package init(name: String, bytes: Int, used: Int) {
            self.name = name
            self.bytes = bytes
            self.used = used
        }
    }

    package struct Failure: Error, CustomStringConvertible {
        package let description: String

        init(_ path: String, _ code: CInt) { description = "\(path): \(String(cString: strerror(code)))" }
        init(_ path: String, _ reason: String) { description = "\(path): \(reason)" }
    }

    package let path: String
    private let lock: CInt

    /// Folders that processes of the same name use side by side, as two clusters on one machine do.
    private static let mostOfOneName = 16

    /// Makes the folder `name` in `parent`, or takes the first of `name-2`, `name-3` … that no other process uses.
    /// - Throws: `Failure`.
    package init(parent: String, name: String) throws(Failure) {
        try Self.make(parent)
        for number in 1...Self.mostOfOneName {
            let path = number == 1 ? "\(parent)/\(name)" : "\(parent)/\(name)-\(number)"
            try Self.make(path)
            if let lock = try Self.lock(path) {
                self.path = path
                self.lock = lock
                return
            }
        }
        throw Failure(parent, "\(Self.mostOfOneName) processes of the name \(name) use it")
    }

    deinit { close(lock) }

    private static func make(_ path: String) throws(Failure) {
        var places = path.indices.filter { path[$0] == "/" && $0 != path.startIndex }
        places.append(path.endIndex)
        for end in places where mkdir(String(path[..<end]), 0o700) != 0 && errno != EEXIST {
            // A folder above that cannot be written to may well be there.
            guard end != path.endIndex, errno == EROFS || errno == EACCES || errno == EPERM else {
                throw Failure(path, errno)
            }
        }
    }

    /// Nil where another process has it.
    private static func lock(_ path: String) throws(Failure) -> CInt? {
        let folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)
        guard folder >= 0 else { throw Failure(path, errno) }
        var status = stat()
        // What others can write to could tell us anything of a document.
        guard fstat(folder, &status) == 0, status.st_uid == geteuid(), status.st_mode & 0o022 == 0 else {
            close(folder)
            throw Failure(path, "it belongs to somebody else, or others can write to it")
        }
        guard access(path, W_OK | X_OK) == 0 else {
            close(folder)
            throw Failure(path, errno)
        }
        if flock(folder, LOCK_EX | LOCK_NB) == 0 { return folder }
        close(folder)
        return nil
    }

    package func path(of name: String) -> String { "\(path)/\(name)" }

    package func remove(_ name: String) { unlink(path(of: name)) }

    /// The files that an earlier process left.
    package var entries: [Entry] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var entries: [Entry] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            var status = stat()
            guard !name.hasPrefix("."), lstat(path(of: name), &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
                continue
            }
            entries.append(
                Entry(
                    name: name, bytes: Int(status.st_blocks) * 512,
                    used: status.st_mtim.tv_sec * 1_000_000_000 + status.st_mtim.tv_nsec))
        }
        return entries
    }

    /// Notes for the next process that the file was used now.
    package func touch(_ name: String) { utimensat(AT_FDCWD, path(of: name), nil, 0) }
}
