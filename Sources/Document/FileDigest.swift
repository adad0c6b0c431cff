// SPDX-License-Identifier: Apache-2.0

import CKernel
import Glibc

/// Digests of files on this machine that decide what a page looks like. For telling versions apart, not for security.
package enum FileDigest {
    /// Of a file's bytes; 0 where it cannot be read. 8 MB take about 3 ms.
    package static func content(of path: String) -> UInt64 {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return 0 }
        defer { close(descriptor) }
        var digest: UInt64 = 0
        let words = UnsafeMutableBufferPointer<UInt64>.allocate(capacity: 1 << 15)
        defer { words.deallocate() }
        while true {
            words.update(repeating: 0)
            let count = read(descriptor, words.baseAddress, words.count * 8)
            guard count > 0 else { return digest }
            digest = recto_digest(digest, words.baseAddress, (count + 7) / 8)
        }
    }

    /// Of the names and sizes of all files below the folders, whatever the order in which the file system lists them.
    package static func inventory(of folders: [String]) -> UInt64 {
        folders.reduce(0) { $0 &+ files(in: $1, depth: 0) }
    }

    private static func files(in folder: String, depth: Int) -> UInt64 {
        guard depth < 8, let directory = opendir(folder) else { return 0 }
        defer { closedir(directory) }
        var digest: UInt64 = 0
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            var status = stat()
            guard name != ".", name != "..", stat("\(folder)/\(name)", &status) == 0 else { continue }
            if status.st_mode & S_IFMT == S_IFDIR {
                digest &+= files(in: "\(folder)/\(name)", depth: depth + 1)
            } else {
                let words = [UInt64(truncatingIfNeeded: status.st_size)] + name.utf8.map { UInt64($0) }
                digest &+= recto_digest(1, words, words.count)
            }
        }
        return digest
    }

    /// The file from which a library of this process was loaded, by a part of its name.
    package static func library(_ name: String) -> String? {
        guard let file = fopen("/proc/self/maps", "r") else { return nil }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 8192)
        while fgets(&line, CInt(line.count), file) != nil {
            let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            if let slash = text.firstIndex(of: "/"), text.hasSuffix("\n"), text.contains(name) {
                return String(text[slash...].dropLast())
            }
        }
        return nil
    }
}
