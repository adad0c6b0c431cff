// SPDX-License-Identifier: Apache-2.0

package import Archive
import Synchronization
package import TileModel

/// An archive that has the documents which the test gives it, answers when it is told to, and counts what it is asked.
package final class ToldArchive: DocumentArchive {
    package struct Counts: Sendable, Equatable {
        package var stats = 0
        package var lists = 0
        package var checks = 0
        package var reads = 0
    }

    private struct State {
        var objects: [DocumentID: ArchiveObject] = [:]
        var failure: ArchiveError?
        var callers: Set<CallerCredential?>?
        var counts = Counts()
        var isHeld = false
        var waiting: [CheckedContinuation<Void, Never>] = []
        var watchers: [(condition: @Sendable (Counts) -> Bool, continuation: CheckedContinuation<Void, Never>)] = []
    }

    package let name = "told"
    private let state = Mutex(State())

    package init() {}

    // MARK: What it is told

    @discardableResult
    package func put(_ name: String, version: String, size: Int = 100, changed: Double = 1) throws -> DocumentID {
        let document = try DocumentID(name)
        let object = ArchiveObject(
            document: document, version: try DocumentVersion(version), size: size, modified: changed)
        state.withLock { $0.objects[document] = object }
        return document
    }

    /// What it answers from now on; nil: what it has.
    package func fail(_ failure: ArchiveError?) { state.withLock { $0.failure = failure } }

    /// Who may see its documents; nil: everybody.
    package func allow(_ callers: Set<CallerCredential?>?) { state.withLock { $0.callers = callers } }

    /// Answers wait until `release`, and then are what they would have been when asked.
    package func hold() { state.withLock { $0.isHeld = true } }

    package func release() {
        let waiting = state.withLock { state in
            state.isHeld = false
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    package var counts: Counts { state.withLock { $0.counts } }

    /// Returns once it has been asked so.
    package func until(_ condition: @escaping @Sendable (Counts) -> Bool) async {
        await withCheckedContinuation { continuation in
            let isSo = state.withLock { state in
                if !condition(state.counts) { state.watchers.append((condition, continuation)) }
                return condition(state.counts)
            }
            if isSo { continuation.resume() }
        }
    }

    // MARK: DocumentArchive

    private func asked(_ count: (inout Counts) -> Void) {
        let reached = state.withLock { state in
            count(&state.counts)
            let counts = state.counts
            let reached = state.watchers.filter { $0.condition(counts) }
            state.watchers.removeAll { $0.condition(counts) }
            return reached
        }
        for watcher in reached { watcher.continuation.resume() }
    }

    private func pause() async {
        await withCheckedContinuation { continuation in
            let isHeld = state.withLock { state in
                if state.isHeld { state.waiting.append(continuation) }
                return state.isHeld
            }
            if !isHeld { continuation.resume() }
        }
    }

    package func check() async throws {
        let failure = state.withLock { $0.failure }
        asked { $0.checks += 1 }
        if let failure { throw failure }
    }

    package func stat(_ document: DocumentID, for caller: CallerCredential?) async throws -> ArchiveObject {
        let answer = state.withLock { state -> Result<ArchiveObject, ArchiveError> in
            if let failure = state.failure { return .failure(failure) }
            guard state.callers?.contains(caller) ?? true else { return .failure(.forbidden) }
            return state.objects[document].map { .success($0) } ?? .failure(.notFound)
        }
        asked { $0.stats += 1 }
        await pause()
        return try answer.get()
    }

    package func read(_ range: Range<Int>, of document: PinnedDocument) async throws -> [UInt8] {
        asked { $0.reads += 1 }
        if let failure = state.withLock({ $0.failure }) { throw failure }
        return [UInt8](repeating: 0, count: range.count)
    }

    package func list(prefix: [UInt8], cursor: [UInt8]?, limit: Int, for caller: CallerCredential?) async throws
        -> ArchiveListing
    {
        let (failure, objects) = state.withLock { ($0.failure, $0.objects.values.sorted { $0.document < $1.document }) }
        asked { $0.lists += 1 }
        await pause()
        if let failure { throw failure }
        return ArchiveListing(
            objects: objects.map {
                ArchiveEntry(document: $0.document, version: $0.version, size: $0.size, modified: $0.modified)
            }, next: nil)
    }
}
