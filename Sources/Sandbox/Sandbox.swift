// SPDX-License-Identifier: Apache-2.0

import CSandbox
import Glibc

/// What closes a worker in before it sees the first byte of a document.
///
/// Of the file system it can then read font folders and nothing else, and write nothing; it has no network, starts no
/// program and no process, and reaches no process but itself. What it was given stays open to it: its socket, and the
/// documents that come over it. Where the kernel lacks a part, the others still hold; `Holds` says which do.
package struct Sandbox {
    /// The parts that hold.
    package struct Holds: Sendable, Hashable, CustomStringConvertible {
        /// The version of Landlock's interface; 0: does not hold.
        package var landlock = 0
        package var seccomp = false
        /// Which namespaces are the process's own: "user", "network", "ipc".
        package var namespaces: [String] = []

        /// For people, for example `landlock 7, seccomp, namespaces user network ipc`.
        package var description: String {
            var parts: [String] = []
            if landlock > 0 { parts.append("landlock \(landlock)") }
            if seccomp { parts.append("seccomp") }
            if !namespaces.isEmpty { parts.append("namespaces \(namespaces.joined(separator: " "))") }
            return parts.isEmpty ? "nothing" : parts.joined(separator: ", ")
        }
    }

    /// A part that was required does not hold. The process must not go on to read documents.
    package struct Incomplete: Error, CustomStringConvertible {
        package let description: String
    }

    private let namespaces: UInt32

    /// The worker's shelf holds as many documents as there are descriptors, less a hundred.
    private static let mostDescriptors: UInt32 = 2048
    /// Two threads, and those that libvips and Pango start, with room to spare.
    private static let mostThreads: UInt32 = 64

    /// Leaves the parent's namespaces as far as the kernel lets it, and forgoes privileges through programs for good. The
    /// first thing that a process does: later it may have threads, and the kernel refuses.
    package static func enterNamespaces() -> Sandbox {
        _ = recto_sandbox_prepare()
        return Sandbox(namespaces: recto_sandbox_namespaces())
    }

    /// Closes the sandbox around every thread of the process, for good. Takes about 1 ms.
    /// - Parameters:
    ///   - folders: where fonts may still be read. Those that do not exist are left out.
    ///   - required: whether Landlock and seccomp must both hold.
    /// - Throws: `Incomplete`, where something required does not hold.
    package func close(readable folders: [String], required: Bool) throws(Incomplete) -> Holds {
        var holds = Holds()
        let names = [
            (RECTO_NAMESPACE_USER, "user"), (RECTO_NAMESPACE_NETWORK, "network"), (RECTO_NAMESPACE_IPC, "ipc"),
        ]
        holds.namespaces = names.filter { namespaces & UInt32($0.0) != 0 }.map { $0.1 }
        let ownsUsers = namespaces & UInt32(RECTO_NAMESPACE_USER) != 0

        var failures: [String] = []
        func attempt(_ part: String, _ result: CInt) -> Bool {
            if result != 0 { failures.append("\(part): \(String(cString: strerror(-result)))") }
            return result == 0
        }
        _ = attempt("limits", recto_sandbox_limits(Self.mostDescriptors, ownsUsers ? Self.mostThreads : 0))
        _ = attempt("capabilities", recto_sandbox_drop_privileges())
        if attempt("landlock", Self.landlock(folders)) { holds.landlock = Int(recto_sandbox_landlock_abi()) }
        holds.seccomp = attempt("seccomp", recto_sandbox_seccomp())
        guard failures.isEmpty || !required else {
            throw Incomplete(description: "the sandbox does not hold: \(failures.joined(separator: "; "))")
        }
        return holds
    }

    private static func landlock(_ folders: [String]) -> CInt {
        let paths = folders.map { strdup($0) }
        defer { for path in paths { free(path) } }
        return recto_sandbox_landlock(paths.map { UnsafePointer($0) }, paths.count)
    }
}
