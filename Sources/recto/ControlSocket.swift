// SPDX-License-Identifier: Apache-2.0

import Access
import Glibc
import Synchronization
import WorkerProtocol

/// The child's side of the socket between `serve` and a node: the secret comes first, then how many pages may be rendered at
/// a time whenever that changes, a line each. When the parent's end closes, for whatever reason, the child ends.
final class ControlSocket: Sendable {
    private struct State {
        var workers: Int?
        var whenWorkers: (@Sendable (Int) -> Void)?
    }

    /// The descriptor at which `NodeSupervisor` puts it.
    private static let descriptor: CInt = 3
    private static let longestLine = 256

    let secret: ClusterSecret
    private let state = Mutex(State())

    /// - Throws: `Failure` where nobody is at the other end.
    init() throws {
        guard let line = Self.line(), let secret = try? ClusterSecret(line) else {
            throw Failure("no secret came over the control socket")
        }
        self.secret = secret
        try SystemThread.start("control") { [self] in
            while let line = Self.line() {
                if let workers = Int(line) { take(workers) }
            }
            _exit(0)
        }
    }

    /// Has it called whenever the number changes, and at once where it has changed already.
    func whenWorkersChange(_ body: @escaping @Sendable (Int) -> Void) {
        // Within the lock, so that the last number is told last.
        state.withLock { state in
            state.whenWorkers = body
            if let workers = state.workers { body(workers) }
        }
    }

    private func take(_ workers: Int) {
        state.withLock { state in
            state.workers = workers
            state.whenWorkers?(workers)
        }
    }

    /// Nil at the end.
    private static func line() -> String? {
        var bytes: [UInt8] = []
        var byte: UInt8 = 0
        while bytes.count < longestLine {
            let count = read(descriptor, &byte, 1)
            if count < 0, errno == EINTR { continue }
            guard count == 1 else { return nil }
            if byte == UInt8(ascii: "\n") { return String(decoding: bytes, as: UTF8.self) }
            bytes.append(byte)
        }
        return nil
    }

    /// The parent's side. Never waits: a child that takes nothing goes on with what it has.
    static func tell(workers: Int, at descriptor: CInt) {
        let line = "\(workers)\n"
        _ = line.withCString { send(descriptor, $0, strlen($0), CInt(MSG_DONTWAIT) | CInt(MSG_NOSIGNAL)) }
    }
}
