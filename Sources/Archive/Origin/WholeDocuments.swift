// SPDX-License-Identifier: Apache-2.0

import Synchronization
import TileCache
import TileModel

/// Documents of an origin without ranges, each fetched once and kept on disk while there is room.
final class WholeDocuments: Sendable {
    private struct State {
        var files: [PinnedDocument: SpooledFile] = [:]
        /// The one used last is at the end.
        var order: [PinnedDocument] = []
    }

    /// The largest document, in bytes.
    static let largest = 2 << 30
    /// In all, in bytes: two of the largest.
    private static let budget = 4 << 30
    /// Each holds a descriptor.
    private static let most = 256

    private let state = Mutex(State())
    private let counts = LayerCounts(layer: "whole-documents")
    private let flights = SingleFlight<PinnedDocument, SpooledFile>()

    subscript(document: PinnedDocument) -> SpooledFile? {
        state.withLock { state in
            guard let file = state.files[document] else { return nil }
            state.order.removeAll { $0 == document }
            state.order.append(document)
            counts.hit()
            return file
        }
    }

    func holds(_ document: PinnedDocument) -> Bool { state.withLock { $0.files[document] != nil } }

    /// - Parameter fetch: called where the document is neither here nor on its way.
    func file(_ document: PinnedDocument, fetch: @escaping @Sendable () async throws -> SpooledFile) async throws
        -> SpooledFile
    {
        if let file = self[document] { return file }
        counts.missed()
        return try await flights.value(for: document) { [self] in
            // It may have come after it was looked for and before this was begun.
            if let file = state.withLock({ $0.files[document] }) { return file }
            let file = try await fetch()
            insert(file, document)
            return file
        }
    }

    private func insert(_ file: SpooledFile, _ document: PinnedDocument) {
        state.withLock { state in
            state.files[document] = file
            state.order.removeAll { $0 == document }
            state.order.append(document)
            while state.order.count > 1,
                state.order.count > Self.most || state.files.values.reduce(0, { $0 + $1.size }) > Self.budget
            {
                // Who reads it still holds it.
                guard let file = state.files.removeValue(forKey: state.order.removeFirst()) else { continue }
                counts.evicted(age: Int(file.made.duration(to: .now).components.seconds))
            }
        }
    }
}

extension WholeDocuments: CacheLayer {
    var name: String { counts.layer }

    var usage: LayerUsage {
        let sizes = state.withLock { $0.files.values.map(\.size) }
        return counts.usage(bytes: sizes.reduce(0, +), budget: Self.budget, entries: sizes.count)
    }

    func holdings(_ selection: DocumentSelection, most count: Int) async -> [LayerHolding] {
        let files = state.withLock { $0.files.map { (document: $0.key.document, bytes: $0.value.size) } }
        return LayerHolding.most(count, of: files.filter { selection.contains($0.document) })
    }

    /// Who reads one still holds it.
    func purge(_ selection: DocumentSelection) async {
        state.withLock { state in
            for document in state.order where selection.contains(document.document) { state.files[document] = nil }
            state.order.removeAll { selection.contains($0.document) }
        }
    }
}
