// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The limits that the kernel sets to this process's control group (version 2) and to all groups above it.
package struct ControlGroup: Sendable {
    private let membership: String
    private let hierarchy: String

    /// - Parameters:
    ///   - membership: the file that names the group.
    ///   - hierarchy: the folder in which groups are folders.
    package init(membership: String = "/proc/self/cgroup", hierarchy: String = "/sys/fs/cgroup") {
        self.membership = membership
        self.hierarchy = hierarchy
    }

    /// Processors' time that it may use, rounded up; nil where nothing limits it.
    package var cores: Int? {
        files("cpu.max").compactMap { text -> Int? in
            let parts = text.split(whereSeparator: \.isWhitespace)
            guard parts.count == 2, let quota = Double(parts[0]), let period = Double(parts[1]), period > 0, quota > 0
            else { return nil }
            return max(1, Int((quota / period).rounded(.up)))
        }.min()
    }

    /// Bytes of memory; nil where nothing limits it. Where `memory.high` is lower that counts: beyond it the kernel slows the
    /// group down.
    package var memory: Int? {
        (files("memory.max") + files("memory.high")).compactMap { Int($0.filter { !$0.isWhitespace }) }
            .filter { $0 > 0 }.min()
    }

    private func files(_ name: String) -> [String] {
        guard let line = Self.read(membership)?.split(separator: "\n").first(where: { $0.hasPrefix("0::") }) else {
            return []
        }
        var path = line.dropFirst(3)
        var files: [String] = []
        while true {
            if let text = Self.read("\(hierarchy)\(path == "/" ? "" : path)/\(name)") { files.append(text) }
            guard path.count > 1, let slash = path.lastIndex(of: "/") else { return files }
            path = slash == path.startIndex ? "/" : path[..<slash]
        }
    }

    private static func read(_ path: String) -> String? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes[..<count], as: UTF8.self)
    }
}
