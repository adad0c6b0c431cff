// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Why blocks cannot be kept in a file.
enum BlockFileError: Error, Equatable, CustomStringConvertible {
    /// A system call failed with this code.
    case system(CInt)
    /// The file is no block file, or that of another document.
    case foreign
    /// The file is no longer the one that the document's blocks are kept in.
    case retired

    var description: String {
        switch self {
        case .system(let code): String(cString: strerror(code))
        case .foreign: "not a file of this cache"
        case .retired: "no longer in use"
        }
    }
}
