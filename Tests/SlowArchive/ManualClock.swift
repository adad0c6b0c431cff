// SPDX-License-Identifier: Apache-2.0

package import Archive
import Synchronization

/// A clock that stands still until the test moves it.
package final class ManualClock: Sendable {
    private struct Sleeper {
        let due: ContinuousClock.Instant
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var now = ContinuousClock.now
        var sleepers: [UInt64: Sleeper] = [:]
        var next: UInt64 = 0
        var cancelled: Set<UInt64> = []
        var watchers: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let state = Mutex(State())

    package init() {}

    package var now: ContinuousClock.Instant { state.withLock { $0.now } }

    package var archiveClock: ArchiveClock {
        ArchiveClock(now: { self.now }, sleep: { try await self.sleep($0) })
    }

    package func sleep(_ duration: Duration) async throws {
        let ticket = state.withLock { state in
            state.next += 1
            return state.next
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let wake = state.withLock { state -> [CheckedContinuation<Void, Never>]? in
                    guard state.cancelled.remove(ticket) == nil else { return nil }
                    state.sleepers[ticket] = Sleeper(due: state.now + duration, continuation: continuation)
                    let reached = state.watchers.filter { $0.count <= state.sleepers.count }
                    state.watchers.removeAll { $0.count <= state.sleepers.count }
                    return reached.map(\.continuation)
                }
                guard let wake else { return continuation.resume(throwing: CancellationError()) }
                for watcher in wake { watcher.resume() }
            }
        } onCancel: {
            let sleeper = state.withLock { state in
                if state.sleepers[ticket] == nil { state.cancelled.insert(ticket) }
                return state.sleepers.removeValue(forKey: ticket)
            }
            sleeper?.continuation.resume(throwing: CancellationError())
        }
    }

    /// Returns once so many sleep.
    package func untilSleeping(_ count: Int = 1) async {
        await withCheckedContinuation { continuation in
            let isSo = state.withLock { state in
                if state.sleepers.count < count { state.watchers.append((count, continuation)) }
                return state.sleepers.count >= count
            }
            if isSo { continuation.resume() }
        }
    }

    package func advance(_ duration: Duration) {
        let due = state.withLock { state in
            state.now += duration
            let due = state.sleepers.filter { $0.value.due <= state.now }
            for ticket in due.keys { state.sleepers[ticket] = nil }
            return due.values.sorted { $0.due < $1.due }
        }
        for sleeper in due { sleeper.continuation.resume() }
    }
}
