// SPDX-License-Identifier: Apache-2.0

import CKernel
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

    /// With no descriptor of ours: what other tests wait for would seem to be open still.
    private static func spawn(_ path: String, _ arguments: [String]) throws -> pid_t {
        var pointers = arguments.map { strdup($0) } + [nil]
        var environment: [UnsafeMutablePointer<CChar>?] = [nil]
        defer { for pointer in pointers { free(pointer) } }
        let process = recto_spawn(path, &pointers, &environment, nil, 0)
        guard process > 0 else { throw NotStarted() }
        return process
    }
}
