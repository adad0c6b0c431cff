// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import Synchronization

/// A redis-server of the test's own, on the loopback address, that keeps nothing on disk.
package final class RedisServer: Sendable {
    package struct NotStarted: Error {}

    package let port: UInt16
    package let password: String?
    private let process: pid_t
    private let isStopped = Atomic<Bool>(false)

    package var address: String { "redis://\(password.map { ":\($0)@" } ?? "")127.0.0.1:\(port)/0" }

    package init(password: String? = nil) async throws {
        port = try LoopbackPort.free()
        self.password = password
        var arguments = [
            "redis-server", "--port", "\(port)", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
            "--logfile", "/dev/null", "--daemonize", "no",
        ]
        if let password { arguments += ["--requirepass", password] }
        process = try Self.spawn("/usr/bin/redis-server", arguments)
        let deadline = ContinuousClock.now + .seconds(20)
        while !LoopbackPort.answers(port) {
            guard ContinuousClock.now < deadline else {
                stop()
                throw NotStarted()
            }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    deinit { stop() }

    /// It takes connections and answers nothing any more.
    package func halt() { kill(process, SIGSTOP) }
    package func resume() { kill(process, SIGCONT) }

    /// Returns once it is gone.
    package func stop() {
        guard !isStopped.exchange(true, ordering: .relaxed) else { return }
        kill(process, SIGKILL)
        waitpid(process, nil, 0)
    }

    private static func spawn(_ path: String, _ arguments: [String]) throws -> pid_t {
        var process: pid_t = 0
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_addclosefrom_np(&actions, 3)
        var pointers = arguments.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        guard posix_spawn(&process, path, &actions, nil, &pointers, environ) == 0 else { throw NotStarted() }
        return process
    }
}
