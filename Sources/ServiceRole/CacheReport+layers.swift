// SPDX-License-Identifier: Apache-2.0

import Cluster
import TileCache
import TileModel

extension CacheReport.Layer {
    init(_ layer: any CacheLayer) {
        let usage = layer.usage
        self.init(
            name: layer.name, bytes: usage.bytes, budget: usage.budget, entries: usage.entries, hits: usage.hits,
            misses: usage.misses, evictions: usage.evictions)
    }
}

extension CacheReport {
    /// What the layers hold of the documents that take most bytes in all of them together.
    static func documents(of layers: [any CacheLayer], _ selection: DocumentSelection, most count: Int) async
        -> [Document]
    {
        var found: [DocumentID: [String: LayerHolding]] = [:]
        for layer in layers {
            for holding in await layer.holdings(selection, most: count) {
                found[holding.document, default: [:]][layer.name] = holding
            }
        }
        var documents: [Document] = []
        for (document, holdings) in most(count, of: found) {
            var all = holdings
            // Of what is not among a layer's greatest it has said nothing yet.
            for layer in layers where all[layer.name] == nil {
                all[layer.name] = await layer.holdings(.document(document), most: 1).first
            }
            let listed = layers.compactMap { layer in
                all[layer.name].map { Holding(layer: layer.name, bytes: $0.bytes, entries: $0.entries) }
            }
            documents.append(Document(path: document.pathSegment, layers: listed))
        }
        return documents.sorted { ($0.bytes, $1.path) > ($1.bytes, $0.path) }
    }

    private static func most(
        _ count: Int, of found: [DocumentID: [String: LayerHolding]]
    ) -> ArraySlice<(key: DocumentID, value: [String: LayerHolding])> {
        found.map { (key: $0.key, value: $0.value) }
            .sorted { left, right in
                let (more, less) = (left.value.values.sum, right.value.values.sum)
                return more != less ? more > less : left.key < right.key
            }
            .prefix(count)
    }
}

extension Collection<LayerHolding> {
    fileprivate var sum: Int { reduce(0) { $0 + $1.bytes } }
}
