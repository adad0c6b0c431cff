// SPDX-License-Identifier: Apache-2.0

import TileCache
import TileModel

/// A layer of one of several archives: the archive's name stands before the names of its documents.
struct LayerBelowName: CacheLayer {
    private let layer: any CacheLayer
    /// With its slash.
    private let prefix: [UInt8]

    init(_ layer: any CacheLayer, name: [UInt8]) {
        self.layer = layer
        prefix = name
    }

    var name: String { layer.name }
    var usage: LayerUsage { layer.usage }

    func holdings(_ selection: DocumentSelection, most count: Int) async -> [LayerHolding] {
        guard let inner = below(selection) else { return [] }
        return await layer.holdings(inner, most: count).compactMap { holding in
            guard let document = try? DocumentID(bytes: prefix + holding.document.bytes) else { return nil }
            return LayerHolding(document: document, bytes: holding.bytes, entries: holding.entries)
        }
    }

    func purge(_ selection: DocumentSelection) async {
        if let inner = below(selection) { await layer.purge(inner) }
    }

    /// The same documents as the archive calls them; nil where it has none of them.
    private func below(_ selection: DocumentSelection) -> DocumentSelection? {
        switch selection {
        case .document(let document) where document.bytes.starts(with: prefix):
            (try? DocumentID(bytes: document.bytes.dropFirst(prefix.count))).map { .document($0) }
        case .prefix(let bytes) where prefix.starts(with: bytes): .all
        case .prefix(let bytes) where bytes.starts(with: prefix): .prefix(Array(bytes.dropFirst(prefix.count)))
        case .document, .prefix: nil
        }
    }
}
