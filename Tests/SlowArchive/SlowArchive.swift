// SPDX-License-Identifier: Apache-2.0

package import Archive
import Synchronization
package import TileModel

/// A folder that pretends to be far away: it gives no files, counts what is read of it, and its reads wait, stall or fail
/// when told to.
package final class SlowArchive: DocumentArchive {
    package struct Read: Sendable {
        package var document: DocumentID
        package var range: Range<Int>
        /// How many reads went before it, one after the other: those that had ended when it began.
        package var depth: Int
    }

    package enum Behaviour: Sendable {
        case prompt
        /// Each read takes so long.
        case late(Duration)
        /// Reads wait until the behaviour is another one, and end when they are cancelled.
        case held
        /// Reads never end, cancelled or not.
        case stalled
        case failing(ArchiveError)
    }

    private struct State {
        var behaviours: [DocumentID: Behaviour] = [:]
        var isAway = false
        var reads: [Read] = []
        var endedDepth = 0
        var ended = 0
        var cancelled = 0
        var waiting: [UInt64: CheckedContinuation<Void, Never>] = [:]
        var next: UInt64 = 0
        var watchers: [(condition: @Sendable (Counts) -> Bool, continuation: CheckedContinuation<Void, Never>)] = []
    }

    package struct Counts: Sendable {
        package var begun: Int
        package var ended: Int
        package var cancelled: Int
    }

    package let name: String
    private let folder: FolderArchive
    private let state = Mutex(State())

    package init(folder: String) throws {
        self.folder = try FolderArchive(path: folder)
        name = "slow:\(folder)"
    }

    // MARK: What is seen of it

    package var reads: [Read] { state.withLock { $0.reads } }
    package var bytesRead: Int { reads.reduce(0) { $0 + $1.range.count } }
    /// The longest chain of reads that waited for one another.
    package var depth: Int { reads.map(\.depth).max() ?? 0 }

    /// Begins to count anew.
    package func reset() {
        state.withLock { state in
            state.reads = []
            state.endedDepth = 0
            state.ended = 0
            state.cancelled = 0
        }
    }

    /// Returns once the counts are so.
    package func until(_ condition: @escaping @Sendable (Counts) -> Bool) async {
        await withCheckedContinuation { continuation in
            let isSo = state.withLock { state in
                if !condition(Self.counts(state)) { state.watchers.append((condition, continuation)) }
                return condition(Self.counts(state))
            }
            if isSo { continuation.resume() }
        }
    }

    private static func counts(_ state: State) -> Counts {
        Counts(begun: state.reads.count, ended: state.ended, cancelled: state.cancelled)
    }

    private func change(_ body: (inout State) -> Void) {
        let reached = state.withLock { state in
            body(&state)
            let counts = Self.counts(state)
            let reached = state.watchers.filter { $0.condition(counts) }
            state.watchers.removeAll { $0.condition(counts) }
            return reached
        }
        for watcher in reached { watcher.continuation.resume() }
    }

    // MARK: What it is told

    package func behave(_ behaviour: Behaviour, for document: DocumentID) {
        let waiting = state.withLock { state in
            state.behaviours[document] = behaviour
            defer { state.waiting = [:] }
            return state.waiting.values
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Whether it gives no answer to anything.
    package func goAway(_ isAway: Bool = true) { state.withLock { $0.isAway = isAway } }

    private func answer() throws {
        if state.withLock({ $0.isAway }) { throw ArchiveError.unreachable("away") }
    }

    private func behaviour(_ document: DocumentID) -> Behaviour {
        state.withLock { $0.behaviours[document] ?? .prompt }
    }

    /// Until some behaviour changes or the task is cancelled; not at all where this document's has changed already.
    private func pause(_ document: DocumentID, endsWhenCancelled: Bool) async {
        let ticket = state.withLock { state in
            state.next += 1
            return state.next
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    switch state.behaviours[document] ?? .prompt {
                    case .held, .stalled: state.waiting[ticket] = continuation
                    case .prompt, .late, .failing: return true
                    }
                    return false
                }
                if isOver { return continuation.resume() }
                if endsWhenCancelled, Task.isCancelled { wake(ticket) }
            }
        } onCancel: {
            if endsWhenCancelled { wake(ticket) }
        }
    }

    private func wake(_ ticket: UInt64) {
        state.withLock { $0.waiting.removeValue(forKey: ticket) }?.resume()
    }

    // MARK: DocumentArchive

    package func list(prefix: [UInt8], cursor: [UInt8]?, limit: Int, for caller: CallerCredential?) async throws
        -> ArchiveListing
    {
        try answer()
        return try await folder.list(prefix: prefix, cursor: cursor, limit: limit)
    }

    package func stat(_ document: DocumentID, for caller: CallerCredential?) async throws -> ArchiveObject {
        try answer()
        return try await folder.stat(document)
    }

    package func check() async throws { try answer() }

    package func read(_ range: Range<Int>, of document: PinnedDocument) async throws -> [UInt8] {
        try answer()
        let depth = state.withLock { $0.endedDepth + 1 }
        change { $0.reads.append(Read(document: document.document, range: range, depth: depth)) }
        while true {
            switch behaviour(document.document) {
            case .prompt, .late:
                if case .late(let time) = behaviour(document.document) { try await Task.sleep(for: time) }
                let bytes = try await folder.read(range, of: document)
                change { state in
                    state.ended += 1
                    state.endedDepth = max(state.endedDepth, depth)
                }
                return bytes
            case .failing(let error): throw error
            case .held:
                await pause(document.document, endsWhenCancelled: true)
                if Task.isCancelled {
                    change { $0.cancelled += 1 }
                    throw CancellationError()
                }
            case .stalled: await pause(document.document, endsWhenCancelled: false)
            }
        }
    }
}
