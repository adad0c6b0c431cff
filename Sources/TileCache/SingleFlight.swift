// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Makes one value for all who wait for the same key at the same time.
///
/// The work is cancelled when the last of them has gone; who comes after that starts it anew. Errors go to all who wait
/// and are not kept.
package final class SingleFlight<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct Flight {
        let number: UInt64
        var waiting: [UInt64: CheckedContinuation<Value, any Error>] = [:]
        var task: Task<Void, Never>?
    }

    private struct State {
        var flights: [Key: Flight] = [:]
        var next: UInt64 = 0
    }

    private let state = Mutex(State())

    package init() {}

    /// - Parameter make: called where nobody makes the value yet.
    package func value(for key: Key, make: @escaping @Sendable () async throws -> Value) async throws -> Value {
        let ticket = state.withLock { state in
            state.next += 1
            return state.next
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                join(key, ticket, continuation, make)
                // Cancelled before it joined: the handler found nothing to remove.
                if Task.isCancelled { leave(key, ticket) }
            }
        } onCancel: {
            leave(key, ticket)
        }
    }

    private func join(
        _ key: Key, _ ticket: UInt64, _ continuation: CheckedContinuation<Value, any Error>,
        _ make: @escaping @Sendable () async throws -> Value
    ) {
        state.withLock { state in
            if state.flights[key] != nil {
                state.flights[key]!.waiting[ticket] = continuation
                return
            }
            var flight = Flight(number: ticket)
            flight.waiting[ticket] = continuation
            flight.task = Task { [self] in
                let result: Result<Value, any Error>
                do { result = .success(try await make()) } catch { result = .failure(error) }
                land(key, ticket, result)
            }
            state.flights[key] = flight
        }
    }

    private func land(_ key: Key, _ number: UInt64, _ result: Result<Value, any Error>) {
        let flight = state.withLock { state -> Flight? in
            guard state.flights[key]?.number == number else { return nil }
            return state.flights.removeValue(forKey: key)
        }
        for continuation in flight?.waiting.values ?? [:].values { continuation.resume(with: result) }
    }

    private func leave(_ key: Key, _ ticket: UInt64) {
        var abandoned: Task<Void, Never>?
        let continuation = state.withLock { state -> CheckedContinuation<Value, any Error>? in
            guard let continuation = state.flights[key]?.waiting.removeValue(forKey: ticket) else { return nil }
            if state.flights[key]?.waiting.isEmpty == true { abandoned = state.flights.removeValue(forKey: key)?.task }
            return continuation
        }
        abandoned?.cancel()
        continuation?.resume(throwing: CancellationError())
    }
}
