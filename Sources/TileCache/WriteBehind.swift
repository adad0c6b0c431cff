// SPDX-License-Identifier: Apache-2.0

import DequeModule
import Metrics
import Synchronization

/// What waits to be written to a cache that is slower than those who fill it: one after the other, bounded in bytes, dropped
/// where there is too much of it.
package final class WriteBehind: Sendable {
    package typealias Work = @Sendable () async -> Void

    private struct State {
        var waiting: Deque<(bytes: Int, work: Work)> = []
        var bytes = 0
        var isRunning = false
    }

    private let mostBytes: Int
    private let state = Mutex(State())
    private let dropped: Counter

    /// - Parameters:
    ///   - layer: the label in the metrics.
    ///   - mostBytes: the memory that it takes at most. The default is half a second of a busy disk.
    package init(layer: String, mostBytes: Int = 8 << 20) {
        self.mostBytes = mostBytes
        dropped = Counter(label: "recto_cache_dropped_total", dimensions: [("layer", layer)])
    }

    /// Returns at once.
    package func add(bytes: Int, _ work: @escaping Work) {
        let isTaken = state.withLock { state in
            guard state.bytes + bytes <= mostBytes else { return false }
            state.bytes += bytes
            state.waiting.append((bytes, work))
            return true
        }
        if isTaken { run() } else { dropped.increment() }
    }

    /// Does something when all that waits has been written, and before what comes after it is. Never dropped.
    package func inOrder(_ work: @escaping Work) async {
        await withCheckedContinuation { continuation in
            let work: Work = {
                await work()
                continuation.resume()
            }
            state.withLock { $0.waiting.append((0, work)) }
            run()
        }
    }

    private func run() {
        let starts = state.withLock { state in
            defer { state.isRunning = true }
            return !state.isRunning
        }
        guard starts else { return }
        Task { while let work = next() { await work() } }
    }

    private func next() -> Work? {
        state.withLock { state in
            guard let (bytes, work) = state.waiting.popFirst() else {
                state.isRunning = false
                return nil
            }
            state.bytes -= bytes
            return work
        }
    }
}
