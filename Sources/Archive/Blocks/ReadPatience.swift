// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// How long a read of an archive may take.
package struct ReadPatience: Sendable {
    /// Before the first byte can be expected; an archive that is slower helps nobody who looks at a page.
    package var start: Duration = .seconds(10)
    /// The slowest line that is still waited for.
    package var bytesPerSecond = 256 << 10

    package init() {}

    package func limit(for bytes: Int) -> Duration { start + .seconds(Double(bytes) / Double(bytesPerSecond)) }

    /// What `read` gives. Goes on as soon as the time is up or the caller is cancelled, whatever the archive does then;
    /// the read is told to stop.
    /// - Throws: `ArchiveError.failed` when the time is up.
    func read(
        _ count: Int, sleep: @escaping @Sendable (Duration) async throws -> Void,
        _ read: @escaping @Sendable () async throws -> [UInt8]
    ) async throws -> [UInt8] {
        let race = ReadRace()
        let limit = limit(for: count)
        let reading = Task { race.finish(await Result { try await read() }) }
        let waiting = Task {
            try await sleep(limit)
            race.finish(.failure(ArchiveError.failed("the archive has sent nothing for \(limit)")))
        }
        defer {
            reading.cancel()
            waiting.cancel()
        }
        return try await withTaskCancellationHandler {
            try await race.value
        } onCancel: {
            race.finish(.failure(CancellationError()))
        }
    }
}

/// The first of several results.
private final class ReadRace: Sendable {
    private enum State {
        case open
        case waiting(CheckedContinuation<[UInt8], any Error>)
        case decided(Result<[UInt8], any Error>)
    }

    private let state = Mutex(State.open)

    func finish(_ result: Result<[UInt8], any Error>) {
        let continuation = state.withLock { state -> CheckedContinuation<[UInt8], any Error>? in
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

    var value: [UInt8] {
        get async throws {
            try await withCheckedThrowingContinuation { continuation in
                let result = state.withLock { state -> Result<[UInt8], any Error>? in
                    if case .decided(let result) = state { return result }
                    state = .waiting(continuation)
                    return nil
                }
                if let result { continuation.resume(with: result) }
            }
        }
    }
}

extension Result where Failure == any Error {
    fileprivate init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
