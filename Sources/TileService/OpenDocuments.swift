// SPDX-License-Identifier: Apache-2.0

import RenderPool
import TileCache
import TileModel

/// What the workers hold open, as a layer of the caches. An entry is a document that one worker holds; what it takes of the
/// worker's memory is not told document by document.
struct OpenDocuments: CacheLayer {
    let pool: RenderPool
    /// Jobs whose worker held their document, and those that had to open it.
    let counts = LayerCounts(layer: "open-documents")

    var name: String { counts.layer }

    var usage: LayerUsage {
        let status = pool.status
        return counts.usage(bytes: status.allocatedBytes, budget: nil, entries: status.openDocuments)
    }

    func holdings(_ selection: DocumentSelection, most count: Int) async -> [LayerHolding] {
        let held = pool.held.flatMap { key, holders -> [(document: DocumentID, bytes: Int)] in
            guard let document = RequestedDocument.document(ofKey: key), selection.contains(document) else { return [] }
            return Array(repeating: (document, 0), count: holders)
        }
        return LayerHolding.most(count, of: held)
    }

    func purge(_ selection: DocumentSelection) async {
        pool.forget { RequestedDocument.document(ofKey: $0).map(selection.contains) ?? false }
    }
}
