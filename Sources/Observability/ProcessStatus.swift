// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Some fields of `/proc/self/stat`: proc_pid_stat(5).
struct ProcessStatus: Equatable {
    var threads: Int
    /// Since the machine started, in ticks of the clock.
    var startTicks: Int
    var virtualBytes: Int
    var residentPages: Int

    static func read() -> ProcessStatus? {
        let file = open("/proc/self/stat", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 1024)
        let count = Glibc.read(file, &bytes, bytes.count)
        return count > 0 ? ProcessStatus(String(decoding: bytes[..<count], as: UTF8.self)) : nil
    }

    /// - Parameter line: the second field is the program's name in parentheses, which may hold anything.
    init?(_ line: String) {
        guard let end = line.lastIndex(of: ")") else { return nil }
        let fields = line[line.index(after: end)...].split(separator: " ")
        func field(_ number: Int) -> Int? { fields.count > number - 3 ? Int(fields[number - 3]) : nil }
        guard let threads = field(20), let start = field(22), let virtual = field(23), let resident = field(24) else {
            return nil
        }
        (self.threads, startTicks, virtualBytes, residentPages) = (threads, start, virtual, resident)
    }
}
