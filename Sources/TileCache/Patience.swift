// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Waits for something no longer than it is worth.
package enum Patience {
    private final class Once<Value: Sendable>: Sendable {
        private let continuation: Mutex<CheckedContinuation<Value?, Never>?>

        init(_ continuation: CheckedContinuation<Value?, Never>) { self.continuation = Mutex(continuation) }

        func resume(_ value: Value?) {
            let continuation = continuation.withLock { continuation in
                defer { continuation = nil }
                return continuation
            }
            continuation?.resume(returning: value)
        }
    }

    /// What the body returns; nil where that takes longer than `limit`. The body goes on meanwhile: it is for system calls,
    /// which nothing can end.
    package static func value<Value: Sendable>(
        within limit: Duration, _ body: @escaping @Sendable () async -> Value?
    ) async -> Value? {
        await withCheckedContinuation { continuation in
            let once = Once(continuation)
            let timer = Task {
                try await Task.sleep(for: limit)
                once.resume(nil)
            }
            Task {
                once.resume(await body())
                timer.cancel()
            }
        }
    }
}
