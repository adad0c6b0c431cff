// SPDX-License-Identifier: Apache-2.0

import CKernel
import Glibc

/// What this process may use of the machine: the limits of its control group count, not what the hardware has.
enum Machine {
    /// Processors, at least 1.
    static var cores: Int {
        let online = Int(recto_processors())
        let quota = groupFiles("cpu.max").compactMap { text -> Int? in
            let parts = text.split(whereSeparator: \.isWhitespace)
            guard parts.count == 2, let quota = Double(parts[0]), let period = Double(parts[1]), period > 0 else {
                return nil
            }
            return max(1, Int((quota / period).rounded(.up)))
        }.min()
        return max(1, min(online, quota ?? online))
    }

    /// Bytes.
    static var memory: Int {
        let physical = sysconf(CInt(_SC_PHYS_PAGES)) * sysconf(CInt(_SC_PAGESIZE))
        let limit = groupFiles("memory.max").compactMap { Int($0.filter { !$0.isWhitespace }) }.min()
        return min(physical, limit ?? physical)
    }

    /// The file of that name in this process's control group and all groups above it (control groups, version 2).
    private static func groupFiles(_ name: String) -> [String] {
        guard let line = read("/proc/self/cgroup")?.split(separator: "\n").first(where: { $0.hasPrefix("0::") }) else {
            return []
        }
        var path = line.dropFirst(3)
        var files: [String] = []
        while true {
            if let text = read("/sys/fs/cgroup\(path == "/" ? "" : path)/\(name)") { files.append(text) }
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

    /// The running program and the folder in which it lies.
    static var programPath: String {
        var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = buffer.withUnsafeMutableBytes { bytes in
            readlink("/proc/self/exe", bytes.baseAddress!.assumingMemoryBound(to: CChar.self), bytes.count)
        }
        return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
    }

    static var programFolder: String {
        let path = programPath
        return String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
    }
}
