// SPDX-License-Identifier: Apache-2.0

package import TileModel

/// A cache that can say what it holds and forget it: what `GET /admin/caches` lists and `POST /admin/purge` reaches.
///
/// **Adding one:** a type that conforms to this, and a line in `DocumentService.layers`.
package protocol CacheLayer: Sendable {
    /// As in the label `layer` of the metrics.
    var name: String { get }

    /// What it holds and how it was used since the process started. Waits for nothing.
    var usage: LayerUsage { get }

    /// The documents of the selection of which it holds most, most first, `count` at most. A layer that cannot tell its
    /// entries apart by document returns none. May take as long as going through all that it holds.
    func holdings(_ selection: DocumentSelection, most count: Int) async -> [LayerHolding]

    /// Forgets what it holds of these documents, in all their versions. Where it cannot tell whether an entry is one of
    /// them, it forgets that too. Returns once nothing of it is found any more.
    func purge(_ selection: DocumentSelection) async
}

package struct LayerUsage: Sendable, Hashable {
    /// Of memory or disk, overhead included.
    package var bytes: Int
    /// The most that it may hold; nil where entries are what is limited.
    package var budget: Int?
    package var entries: Int
    package var hits: Int
    package var misses: Int
    package var evictions: Int
    /// It lies with others, who do not tell how much it is: bytes and entries are not known.
    package var isElsewhere = false

    package init(bytes: Int, budget: Int? = nil, entries: Int, hits: Int = 0, misses: Int = 0, evictions: Int = 0) {
        self.bytes = bytes
        self.budget = budget
        self.entries = entries
        self.hits = hits
        self.misses = misses
        self.evictions = evictions
    }
}

/// What a layer holds of one document.
package struct LayerHolding: Sendable, Hashable {
    package var document: DocumentID
    package var bytes: Int
    package var entries: Int

    package init(document: DocumentID, bytes: Int, entries: Int) {
        self.document = document
        self.bytes = bytes
        self.entries = entries
    }

    /// Entries as a layer holds them, added up by document.
    /// - Parameter count: of those with most bytes, most first.
    package static func most(
        _ count: Int, of entries: some Sequence<(document: DocumentID, bytes: Int)>
    ) -> [LayerHolding] {
        var sums: [DocumentID: LayerHolding] = [:]
        for entry in entries {
            sums[entry.document, default: LayerHolding(document: entry.document, bytes: 0, entries: 0)].add(entry.bytes)
        }
        let sorted = sums.values.sorted { ($0.bytes, $1.document) > ($1.bytes, $0.document) }
        return Array(sorted.prefix(count))
    }

    private mutating func add(_ bytes: Int) {
        self.bytes += bytes
        entries += 1
    }
}

/// The key of a cache whose entries belong to one document each.
package protocol DocumentKeyed: Hashable, Sendable {
    var cachedDocument: DocumentID { get }
}
