// SPDX-License-Identifier: Apache-2.0

import Synchronization
import TileModel

/// A page, and what decides the bytes of its tiles.
struct KnownPage {
    let summary: PageSummary
    let fingerprint: RenderingFingerprint
}

/// The pages whose size is known, so that a tile's canonical form and entity tag can be told without a worker.
final class PageDirectory: Sendable {
    private struct Entry {
        var pages: [Int: PageSummary] = [:]
        var fingerprint: RenderingFingerprint
        var use: UInt64 = 0
    }

    private struct State {
        var entries: [RequestedDocument: Entry] = [:]
        var pages = 0
        var clock: UInt64 = 0
    }

    private let state = Mutex(State())

    /// About 100 bytes a page.
    private static let mostPages = 200_000

    subscript(document: RequestedDocument, page: Int) -> KnownPage? {
        state.withLock { state in
            guard let entry = state.entries[document], let known = entry.pages[page] else { return nil }
            state.clock += 1
            state.entries[document]?.use = state.clock
            return KnownPage(summary: known, fingerprint: entry.fingerprint)
        }
    }

    /// - Parameter fingerprint: of the workers that say so.
    func remember(_ pages: [PageSummary], of document: RequestedDocument, fingerprint: RenderingFingerprint) {
        state.withLock { state in
            state.clock += 1
            var entry = state.entries[document] ?? Entry(fingerprint: fingerprint)
            entry.fingerprint = fingerprint
            entry.use = state.clock
            for page in pages where entry.pages.updateValue(page, forKey: page.page) == nil { state.pages += 1 }
            state.entries[document] = entry
            while state.pages > Self.mostPages, state.entries.count > 1,
                let oldest = state.entries.min(by: { $0.value.use < $1.value.use })
            {
                state.pages -= oldest.value.pages.count
                state.entries[oldest.key] = nil
            }
        }
    }

    func forget(_ document: DocumentID) {
        state.withLock { state in
            for key in state.entries.keys where key.document == document {
                state.pages -= state.entries[key]?.pages.count ?? 0
                state.entries[key] = nil
            }
        }
    }
}
