// SPDX-License-Identifier: Apache-2.0

import DequeModule
import Metrics
import Synchronization
import TileCache
import TileModel

/// What waits to be written to a tier: one after the other, bounded, dropped where there is too much of it.
final class TierWrites: CacheLayer {
    private enum Work {
        case keep([UInt8], cost: Duration, TierKey)
        /// Stands in the line like the others, so that nothing that came before it is written after it.
        case purge(DocumentSelection, CheckedContinuation<Void, Never>)
        case flush(CheckedContinuation<Void, Never>)
    }

    private struct State {
        var waiting: Deque<Work> = []
        var bytes = 0
        var isRunning = false
    }

    private let tier: any TileTier
    private let state = Mutex(State())
    private let dropped: Counter

    /// Half a second of a busy disk; the memory that it takes at most.
    private static let mostBytes = 8 << 20

    init(_ tier: any TileTier) {
        self.tier = tier
        dropped = Counter(label: "recto_cache_dropped_total", dimensions: [("layer", tier.name)])
    }

    /// Returns at once.
    func keep(_ value: [UInt8], cost: Duration, for key: TierKey) {
        let isKept = state.withLock { state in
            guard state.bytes + value.count <= Self.mostBytes else { return false }
            state.bytes += value.count
            state.waiting.append(.keep(value, cost: cost, key))
            return true
        }
        if isKept { run() } else { dropped.increment() }
    }

    // MARK: CacheLayer

    var name: String { tier.name }
    var usage: LayerUsage { tier.usage }

    func holdings(_ selection: DocumentSelection, most count: Int) async -> [LayerHolding] {
        await tier.holdings(selection, most: count)
    }

    /// Once what waits has been written.
    func purge(_ selection: DocumentSelection) async {
        await withCheckedContinuation { continuation in
            state.withLock { $0.waiting.append(.purge(selection, continuation)) }
            run()
        }
    }

    /// Returns when what waits has been written.
    func flush() async {
        await withCheckedContinuation { continuation in
            state.withLock { $0.waiting.append(.flush(continuation)) }
            run()
        }
    }

    private func run() {
        let starts = state.withLock { state in
            defer { state.isRunning = true }
            return !state.isRunning
        }
        guard starts else { return }
        Task { while let work = next() { await perform(work) } }
    }

    private func next() -> Work? {
        state.withLock { state in
            guard let work = state.waiting.popFirst() else {
                state.isRunning = false
                return nil
            }
            if case .keep(let value, _, _) = work { state.bytes -= value.count }
            return work
        }
    }

    private func perform(_ work: Work) async {
        switch work {
        case .keep(let value, let cost, let key): await tier.keep(value, cost: cost, for: key)
        case .purge(let selection, let continuation):
            await tier.purge(selection)
            continuation.resume()
        case .flush(let continuation): continuation.resume()
        }
    }
}
