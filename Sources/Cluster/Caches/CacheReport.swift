// SPDX-License-Identifier: Apache-2.0

package import TileModel

/// The question what a member's caches hold.
package struct CacheQuestion: Sendable, Codable, Hashable {
    /// As in `PurgeMessage`; neither: of all documents.
    package var document: String?
    package var prefix: String?
    /// Documents that are named at most, those that take most bytes.
    package var limit: Int

    package static let limits = 1...1000

    package init(_ selection: DocumentSelection, limit: Int) {
        self.limit = limit
        switch selection {
        case .document(let document): self.document = document.pathSegment
        case .prefix(let bytes): prefix = PercentEncoding.encode(bytes)
        }
    }

    package func selection() throws -> DocumentSelection {
        var message = PurgeMessage(.all)
        guard document != nil || prefix != nil else { return .all }
        message.document = document
        message.prefix = prefix
        return try message.selection()
    }
}

/// What the caches of one member hold.
package struct CacheReport: Sendable, Codable, Hashable {
    package struct Layer: Sendable, Codable, Hashable {
        package var name: String
        package var bytes: Int
        package var budget: Int?
        package var entries: Int
        package var hits: Int
        package var misses: Int
        package var evictions: Int

        package init(
            name: String, bytes: Int, budget: Int?, entries: Int, hits: Int, misses: Int, evictions: Int
        ) {
            self.name = name
            self.bytes = bytes
            self.budget = budget
            self.entries = entries
            self.hits = hits
            self.misses = misses
            self.evictions = evictions
        }
    }

    package struct Holding: Sendable, Codable, Hashable {
        package var layer: String
        package var bytes: Int
        package var entries: Int

        package init(layer: String, bytes: Int, entries: Int) {
            self.layer = layer
            self.bytes = bytes
            self.entries = entries
        }
    }

    package struct Document: Sendable, Codable, Hashable {
        /// As a path segment.
        package var path: String
        package var layers: [Holding]

        package init(path: String, layers: [Holding]) {
            self.path = path
            self.layers = layers
        }

        package var bytes: Int { layers.reduce(0) { $0 + $1.bytes } }
    }

    package var layers: [Layer]
    /// Those with most bytes first.
    package var documents: [Document]

    package init(layers: [Layer], documents: [Document]) {
        self.layers = layers
        self.documents = documents
    }
}
