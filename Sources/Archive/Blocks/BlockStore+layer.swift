// SPDX-License-Identifier: Apache-2.0

package import TileCache
package import TileModel

extension BlockStore: CacheLayer {
    package var name: String { metrics.counts.layer }

    /// Entries are documents; what is hit, missed and evicted are blocks.
    package var usage: LayerUsage {
        let held = shelf.usage
        return metrics.counts.usage(
            bytes: held.diskBytes + held.memoryBytes, budget: configuration.budget, entries: held.documents)
    }

    package func holdings(_ selection: DocumentSelection, most count: Int) async -> [LayerHolding] {
        (try? await onDisk { $0.shelf.holdings(selection, most: count, archive: $0.archive.name) }) ?? []
    }

    /// Bytes of this version, where blocks of it are kept.
    package func size(of document: PinnedDocument) async -> Int? {
        (try? await onDisk { $0.shelf.documentSize(document, archive: $0.archive.name) }) ?? nil
    }

    package func purge(_ selection: DocumentSelection) async {
        try? await onDisk { $0.shelf.purge(selection, archive: $0.archive.name) }
    }
}
