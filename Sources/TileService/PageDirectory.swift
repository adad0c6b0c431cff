// SPDX-License-Identifier: Apache-2.0

import Synchronization
import TileCache
import TileModel

/// A page, and what decides the bytes of its tiles.
struct KnownPage {
    let summary: PageSummary
    let fingerprint: RenderingFingerprint
    /// What it cost to ask a worker; nil where none had to be asked.
    var timings: Timings?

    var isHit: Bool { timings == nil }
}

/// The pages whose size is known, so that a tile's canonical form and entity tag can be told without a worker.
final class PageDirectory: CacheLayer {
    private final class Entry {
        var pages: [Int: PageSummary] = [:]
        var fingerprint: RenderingFingerprint
        var use: UInt64 = 0
        let made = ContinuousClock.now

        init(fingerprint: RenderingFingerprint) { self.fingerprint = fingerprint }
    }

    private struct State {
        var entries: [RequestedDocument: Entry] = [:]
        var pages = 0
        var clock: UInt64 = 0
    }

    private let state = Mutex(State())
    private let changes = Atomic<Int>(0)
    private let counts = LayerCounts(layer: "pages")

    /// Another number whenever a page that was known may have another size: what was worked out from it must be worked out
    /// anew.
    var generation: Int { changes.load(ordering: .acquiring) }

    private static let pageBytes = 100
    private static let mostPages = 200_000

    subscript(document: RequestedDocument, page: Int) -> KnownPage? {
        let found = state.withLock { state -> KnownPage? in
            guard let entry = state.entries[document], let known = entry.pages[page] else { return nil }
            state.clock += 1
            entry.use = state.clock
            return KnownPage(summary: known, fingerprint: entry.fingerprint)
        }
        if found == nil { counts.missed() } else { counts.hit() }
        return found
    }

    /// - Parameter fingerprint: of the workers that say so.
    func remember(_ pages: [PageSummary], of document: RequestedDocument, fingerprint: RenderingFingerprint) {
        var replaced = false
        state.withLock { state in
            state.clock += 1
            let entry = state.entries[document] ?? Entry(fingerprint: fingerprint)
            entry.fingerprint = fingerprint
            entry.use = state.clock
            for page in pages {
                let old = entry.pages.updateValue(page, forKey: page.page)
                if old == nil { state.pages += 1 } else { replaced = true }
            }
            state.entries[document] = entry
            while state.pages > Self.mostPages, state.entries.count > 1,
                let oldest = state.entries.min(by: { $0.value.use < $1.value.use })
            {
                let count = oldest.value.pages.count
                counts.evicted(count, age: Int(oldest.value.made.duration(to: .now).components.seconds))
                state.pages -= count
                state.entries[oldest.key] = nil
            }
        }
        if replaced { changes.add(1, ordering: .releasing) }
    }

    // MARK: CacheLayer

    var name: String { counts.layer }

    /// Bytes are estimated.
    var usage: LayerUsage {
        let pages = state.withLock { $0.pages }
        return counts.usage(
            bytes: pages * Self.pageBytes, budget: Self.mostPages * Self.pageBytes, entries: pages)
    }

    func holdings(_ selection: DocumentSelection, most count: Int) async -> [LayerHolding] {
        let pages = state.withLock { state in
            state.entries.compactMap { key, entry in
                selection.contains(key.document) ? (document: key.document, pages: entry.pages.count) : nil
            }
        }
        return LayerHolding.most(
            count,
            of: pages.lazy.flatMap { found in repeatElement((found.document, Self.pageBytes), count: found.pages) })
    }

    func purge(_ selection: DocumentSelection) async {
        state.withLock { state in
            for key in state.entries.keys where selection.contains(key.document) {
                state.pages -= state.entries[key]?.pages.count ?? 0
                state.entries[key] = nil
            }
        }
        changes.add(1, ordering: .releasing)
    }
}
