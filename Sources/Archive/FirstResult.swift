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

    /// Returns whether it is the first.
    @discardableResult
    func finish(_ result: Result<Value, any Error>) -> Bool {
        let (isFirst, continuation) = state.withLock { state -> (Bool, CheckedContinuation<Value, any Error>?) in
            switch state {
            case .decided: return (false, nil)
            case .open:
                state = .decided(result)
                return (true, nil)
            case .waiting(let continuation):
                state = .decided(result)
                return (true, continuation)
            }
        }
        continuation?.resume(with: result)
        return isFirst
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
    /// - Parameter discard: gets what the work gives all the same.
    static func of(
        _ limit: Duration, late: any Error, sleep: @escaping @Sendable (Duration) async throws -> Void,
        discard: @escaping @Sendable (Value) -> Void = { _ in },
        _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let race = Self()
        let working = Task {
            let result = await Result { try await work() }
            if !race.finish(result), case .success(let value) = result { discard(value) }
        }
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
