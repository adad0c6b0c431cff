// SPDX-License-Identifier: Apache-2.0

import Glibc

/// What the kernel tells about memory.
enum SystemMemory {
    /// How many processes the kernel has killed for want of memory since it started; 0 where it does not say.
    static func oomKills() -> Int {
        guard let file = fopen("/proc/vmstat", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        while fgets(&line, CInt(line.count), file) != nil {
            let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            if text.hasPrefix("oom_kill ") { return Int(text.dropFirst(9).prefix { $0.isNumber }) ?? 0 }
        }
        return 0
    }
}
