// SPDX-License-Identifier: Apache-2.0

import Budgets
import CKernel
import Glibc

/// What this process may use of the machine: the limits of its control group count, not what the hardware has.
enum Machine {
    /// Processors, at least 1.
    static var cores: Int {
        let online = Int(recto_processors())
        return max(1, min(online, ControlGroup().cores ?? online))
    }

    /// Bytes.
    static var memory: Int {
        let physical = sysconf(CInt(_SC_PHYS_PAGES)) * sysconf(CInt(_SC_PAGESIZE))
        return min(physical, ControlGroup().memory ?? physical)
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
