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
        self.password = password
        // A port that was free a moment ago may be somebody else's by now: Redis ends then, and another one answers.
        for _ in 0..<5 {
            let port = try LoopbackPort.free()
            if let process = try await Self.started(port, password) {
                (self.port, self.process) = (port, process)
                return
            }
        }
        throw NotStarted()
    }

    /// Nil where it has ended.
    private static func started(_ port: UInt16, _ password: String?) async throws -> pid_t? {
        var arguments = [
            "redis-server", "--port", "\(port)", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
            "--logfile", "/dev/null", "--daemonize", "no",
        ]
        if let password { arguments += ["--requirepass", password] }
        let process = try spawn("/usr/bin/redis-server", arguments)
        let deadline = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < deadline {
            let isAnswered = LoopbackPort.answers(port)
            try await Task.sleep(for: .milliseconds(5))
            if waitpid(process, nil, WNOHANG) != 0 { return nil }
            if isAnswered { return process }
        }
        kill(process, SIGKILL)
        waitpid(process, nil, 0)
        return nil
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
