// SPDX-License-Identifier: Apache-2.0

import Glibc
package import Logging
import Synchronization
package import TileCache
package import TileModel

/// Another archive, which is not asked while it gives no answer: then everything fails at once with `suspended`, and
/// `check` is tried again and again until it is answered. One for each archive, so that one that is away does not take the
/// others with it.
package final class BreakerArchive: DocumentArchive {
    private struct State {
        var breaker = ArchiveBreaker()
        var probing: Task<Void, Never>?
    }

    private let archive: any DocumentArchive
    private let clock: ArchiveClock
    private let logger: Logger
    private let metrics: BreakerMetrics
    private let state = Mutex(State())
    /// What the lock guards, to be looked at for every request.
    private let isOpen = Atomic<Bool>(false)

    /// For what is answered in one round trip. Backends have limits of their own; a file system that hangs has none.
    private static let patience: Duration = .seconds(12)
    /// Whoever is back answers sooner.
    private static let probePatience: Duration = .seconds(5)

    /// - Parameter label: the archive's name in the metrics; empty where there is one.
    package init(
        _ archive: any DocumentArchive, label: String = "", logger: Logger, clock: ArchiveClock = ArchiveClock()
    ) {
        self.archive = archive
        self.clock = clock
        self.logger = logger
        metrics = BreakerMetrics(archive: label)
    }

    deinit { state.withLock { $0.probing }?.cancel() }

    package var name: String { archive.name }
    package var localFolders: [(path: String, fileSystem: String)] { archive.localFolders }
    package var givesFiles: Bool { archive.givesFiles }

    package var layers: [any CacheLayer] { archive.layers }

    package func outage(of document: DocumentID) -> ArchiveOutage? {
        guard isOpen.load(ordering: .acquiring) else { return nil }
        return state.withLock { $0.breaker.outage }
    }

    /// Never throws `unreachable`: the breaker opens instead, and says so in the log. Nor `failed`: documents may be read all
    /// the same.
    package func check() async throws {
        do {
            try await limited(Self.probePatience) { try await $0.check() }
        } catch ArchiveError.unreachable(let reason) {
            perform(state.withLock { $0.breaker.trip(clock.now()) }, reason)
        } catch ArchiveError.failed(let reason) {
            logger.notice(
                "the archive answers, but cannot be listed",
                metadata: ["archive": "\(name)", "reason": "\(reason)"])
        }
    }

    // MARK: Asking

    package func list(prefix: [UInt8], cursor: [UInt8]?, limit: Int, for caller: CallerCredential?) async throws
        -> ArchiveListing
    {
        // A folder with a million files takes its time.
        try await guarded { try await self.archive.list(prefix: prefix, cursor: cursor, limit: limit, for: caller) }
    }

    package func stat(_ document: DocumentID, for caller: CallerCredential?) async throws -> ArchiveObject {
        try await guarded { try await self.limited(Self.patience) { try await $0.stat(document, for: caller) } }
    }

    package func open(_ document: PinnedDocument) async throws -> ArchiveFile? {
        // One that has no files is not asked for them, so what is kept of its documents can be used.
        guard archive.givesFiles else { return nil }
        return try await guarded {
            try await self.limited(Self.patience, discard: { _ = ($0?.descriptor).map(close) }) {
                try await $0.open(document)
            }
        }
    }

    package func isAtHand(_ document: PinnedDocument) -> Bool { archive.isAtHand(document) }

    package func read(_ range: Range<Int>, of document: PinnedDocument) async throws -> [UInt8] {
        if archive.isAtHand(document) { return try await archive.read(range, of: document) }
        return try await guarded { try await self.archive.read(range, of: document) }
    }

    package func put(_ document: DocumentID, _ content: SpooledFile, _ condition: WriteCondition) async throws
        -> ArchiveObject
    {
        try await guarded { try await self.archive.put(document, content, condition) }
    }

    package func delete(_ document: DocumentID, _ condition: WriteCondition) async throws {
        try await guarded { try await self.archive.delete(document, condition) }
    }

    private func guarded<Result>(_ ask: () async throws -> Result) async throws -> Result {
        if isOpen.load(ordering: .acquiring) {
            let seconds = state.withLock { $0.breaker.secondsToProbe(clock.now()) }
            throw ArchiveError.suspended(archive: name, seconds: seconds)
        }
        do {
            let result = try await ask()
            state.withLock { $0.breaker.answered() }
            return result
        } catch ArchiveError.unreachable(let reason) {
            perform(state.withLock { $0.breaker.failed(clock.now()) }, reason)
            throw ArchiveError.unreachable(reason)
        } catch let error as ArchiveError {
            // A word on the document, not on the archive.
            state.withLock { $0.breaker.answered() }
            throw error
        }
    }

    /// - Parameter discard: gets what comes too late.
    private func limited<Result: Sendable>(
        _ patience: Duration, discard: @escaping @Sendable (Result) -> Void = { _ in },
        _ ask: @escaping @Sendable (any DocumentArchive) async throws -> Result
    ) async throws -> Result {
        let late = ArchiveError.unreachable("no answer within \(patience)")
        return try await FirstResult.of(patience, late: late, sleep: clock.sleep, discard: discard) { [archive] in
            try await ask(archive)
        }
    }

    // MARK: Probing

    private func perform(_ action: ArchiveBreaker.Action?, _ reason: String = "") {
        switch action {
        case nil: break
        case .open(let pause):
            isOpen.store(true, ordering: .releasing)
            metrics.opened()
            logger.warning(
                "the archive gives no answer; what is cached is served meanwhile",
                metadata: ["archive": "\(name)", "reason": "\(reason)"])
            probe(after: pause)
        case .probe(let pause): probe(after: pause)
        case .close(let time):
            isOpen.store(false, ordering: .releasing)
            metrics.closed()
            logger.notice("the archive answers again", metadata: ["archive": "\(name)", "away": "\(time)"])
        }
    }

    private func probe(after pause: Duration) {
        let probing = Task { [weak self, clock] in
            try? await clock.sleep(pause)
            guard !Task.isCancelled, let self else { return }
            let isAnswered = await isAnswering()
            perform(state.withLock { $0.breaker.probed(isAnswered, clock.now()) })
        }
        state.withLock { $0.probing = probing }
    }

    private func isAnswering() async -> Bool {
        do {
            try await limited(Self.probePatience) { try await $0.check() }
            return true
        } catch ArchiveError.unreachable {
            return false
        } catch is CancellationError {
            return false
        } catch {
            return true
        }
    }
}
