// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// The first of several results that race.
final class FirstResult<Value: Sendable>: Sendable {
    private enum State {
        case open
        case waiting(CheckedContinuation<Value, any Error>)
        case decided(Result<Value, any Error>)
    }

    private let state = Mutex(State.open)

    func finish(_ result: Result<Value, any Error>) {
        let continuation = state.withLock { state -> CheckedContinuation<Value, any Error>? in
            switch state {
            case .decided: return nil
            case .open:
                state = .decided(result)
                return nil
            case .waiting(let continuation):
                state = .decided(result)
                return continuation
            }
        }
        continuation?.resume(with: result)
    }

    var value: Value {
        get async throws {
            try await withCheckedThrowingContinuation { continuation in
                let result = state.withLock { state -> Result<Value, any Error>? in
                    if case .decided(let result) = state { return result }
                    state = .waiting(continuation)
                    return nil
                }
                if let result { continuation.resume(with: result) }
            }
        }
    }

    /// What `work` gives, or `late` once `limit` is over. Goes on as soon as the time is up or the caller is cancelled,
    /// whatever the work does then; it is told to stop.
    static func of(
        _ limit: Duration, late: any Error, sleep: @escaping @Sendable (Duration) async throws -> Void,
        _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let race = Self()
        let working = Task { race.finish(await Result { try await work() }) }
        let waiting = Task {
            try await sleep(limit)
            race.finish(.failure(late))
        }
        defer {
            working.cancel()
            waiting.cancel()
        }
        return try await withTaskCancellationHandler {
            try await race.value
        } onCancel: {
            race.finish(.failure(CancellationError()))
        }
    }
}

extension Result where Failure == any Error {
    fileprivate init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
