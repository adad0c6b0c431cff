// SPDX-License-Identifier: Apache-2.0

import CKernel
import Glibc

/// Starts child processes that inherit nothing but what they are given.
package enum Spawn {
    /// - Parameter descriptors: become descriptors 3, 4 … of the child.
    /// - Returns: the process id, or a negative error number.
    package static func start(
        _ path: String, _ arguments: [String], _ environment: [String], descriptors: [CInt]
    ) -> Int32 {
        var arguments = ([path] + arguments).map { strdup($0) } + [nil]
        var environment = environment.map { strdup($0) } + [nil]
        defer {
            for pointer in arguments { free(pointer) }
            for pointer in environment { free(pointer) }
        }
        return recto_spawn(path, &arguments, &environment, descriptors, descriptors.count)
    }
}
