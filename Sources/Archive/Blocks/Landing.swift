// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// The end of something that others wait for. Waits end with it, or when the one who waits is cancelled.
final class Landing: Sendable {
    private struct State {
        var hasLanded = false
        var next: UInt64 = 0
        var waiting: [UInt64: CheckedContinuation<Void, Never>] = [:]
    }

    private let state = Mutex(State())

    func land() {
        let waiting = state.withLock { state in
            state.hasLanded = true
            defer { state.waiting = [:] }
            return state.waiting.values
        }
        for continuation in waiting { continuation.resume() }
    }

    func wait() async {
        let ticket = state.withLock { state in
            state.next += 1
            return state.next
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    guard !state.hasLanded else { return true }
                    state.waiting[ticket] = continuation
                    return false
                }
                if isOver { return continuation.resume() }
                // Cancelled before it waited: the handler found nothing to wake.
                if Task.isCancelled { wake(ticket) }
            }
        } onCancel: {
            wake(ticket)
        }
    }

    private func wake(_ ticket: UInt64) {
        state.withLock { $0.waiting.removeValue(forKey: ticket) }?.resume()
    }
}
