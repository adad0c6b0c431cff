// SPDX-License-Identifier: Apache-2.0

import CKernel

/// What a folder lies on, as far as the kernel tells.
package enum FileSystemKind: Equatable {
    /// Of this machine alone.
    case local(String)
    /// Shared with others, or one that may be.
    case other

    /// From `statfs(2)` and the kernel's `magic.h`. An overlay is what containers have where nothing is mounted.
    private static let locals: [Int: String] = [
        0xEF53: "ext4", 0x5846_5342: "xfs", 0x9123_683E: "btrfs", 0x0102_1994: "tmpfs", 0x794C_7630: "overlay",
        0xF2F5_2010: "f2fs", 0x2FC1_2FC1: "zfs", 0x8584_58F6: "ramfs",
    ]

    package init(of path: String) {
        guard let name = Self.locals[recto_file_system(path)] else {
            self = .other
            return
        }
        self = .local(name)
    }
}
