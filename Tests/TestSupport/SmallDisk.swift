// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc

/// A disk of a few megabytes that can be filled, and that can turn read-only as one does after an error.
package final class SmallDisk {
    package struct NotMounted: Error {}

    package let path = NSTemporaryDirectory() + "recto-disk-\(UUID().uuidString)"

    /// Whether there can be one: it takes root, and a system that lets root mount.
    package static let isPossible = (try? SmallDisk(megabytes: 1)) != nil

    package init(megabytes: Int) throws {
        mkdir(path, 0o700)
        guard mount("tmpfs", path, "tmpfs", 0, "size=\(megabytes)m,mode=700") == 0 else {
            rmdir(path)
            throw NotMounted()
        }
    }

    deinit {
        umount2(path, CInt(MNT_DETACH))
        rmdir(path)
    }

    /// As something else on the same disk that grows: leaves so many bytes free.
    package func fill(leaving bytes: Int) {
        let file = open("\(path)/other", O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        defer { close(file) }
        var status = statvfs()
        statvfs(path, &status)
        let free = Int(status.f_bavail) * Int(status.f_bsize)
        posix_fallocate(file, 0, max(0, free - bytes))
    }

    /// The other thing goes.
    package func clear() { unlink("\(path)/other") }

    /// Fails all writing from now on.
    package func turnReadOnly() throws {
        guard mount("tmpfs", path, "tmpfs", UInt(MS_REMOUNT) | UInt(MS_RDONLY), nil) == 0 else { throw NotMounted() }
    }
}
