// SPDX-License-Identifier: Apache-2.0

import CKernel
import Glibc
import Synchronization
import WorkerProtocol

/// SIGTERM and SIGINT as something to await. The second one ends the process at once. One a process.
final class Signals: Sendable {
    private struct State {
        var arrived = 0
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    init() throws {
        let descriptor = recto_watch_signals()
        guard descriptor >= 0 else { throw SystemError(call: "sigaction", code: -descriptor) }
        try SystemThread.start("signals") { [self] in
            var byte: UInt8 = 0
            while read(descriptor, &byte, 1) != 0 { arrived() }
        }
    }

    /// Returns once a signal has come.
    func wait() async {
        await withCheckedContinuation { continuation in
            let hasArrived = state.withLock { state in
                if state.arrived == 0 { state.waiting.append(continuation) }
                return state.arrived > 0
            }
            if hasArrived { continuation.resume() }
        }
    }

    private func arrived() {
        let (count, waiting) = state.withLock { state in
            state.arrived += 1
            defer { state.waiting = [] }
            return (state.arrived, state.waiting)
        }
        if count > 1 { _exit(1) }
        for continuation in waiting { continuation.resume() }
    }
}
