// SPDX-License-Identifier: Apache-2.0

package import TileCache
package import TileModel

/// The keys of one purpose in a Redis server, each of which belongs to a document: `PURPOSE:DOCUMENT@VERSION:…`.
package struct RedisNames: Sendable {
    private let redis: RedisClient
    private let purpose: String

    /// Of a document, encoded: Redis holds it as often as there are entries.
    private static let longest = 512

    package init(_ redis: RedisClient, purpose: String) {
        self.redis = redis
        self.purpose = purpose
    }

    /// Nil where the document's name is too long.
    /// - Parameter rest: what tells apart the entries of a version.
    package func name(_ document: PinnedDocument, _ rest: String) -> [UInt8]? {
        let segment = document.pathSegment
        return segment.utf8.count <= Self.longest ? Array("\(purpose):\(segment):\(rest)".utf8) : nil
    }

    /// Entries by document, those with most first; what they take is for Redis to know.
    package func holdings(_ selection: DocumentSelection, most count: Int) async -> [LayerHolding] {
        var found: [DocumentID: LayerHolding] = [:]
        await forEach(selection) { names in
            for name in names {
                guard let document = document(ofName: name) else { continue }
                found[document, default: LayerHolding(document: document, bytes: 0, entries: 0)].entries += 1
            }
        }
        return Array(found.values.sorted { ($0.entries, $1.document) > ($1.entries, $0.document) }.prefix(count))
    }

    package func remove(_ selection: DocumentSelection) async {
        await forEach(selection) { names in
            guard !names.isEmpty else { return }
            _ = await redis.ask([Array("UNLINK".utf8)] + names, patience: redis.configuration.unhurried)
        }
    }

    /// Goes through Redis's keys piece by piece, which holds up no other client of it.
    private func forEach(_ selection: DocumentSelection, _ body: ([[UInt8]]) async -> Void) async {
        var cursor: [UInt8] = [UInt8(ascii: "0")]
        repeat {
            let command = [
                Array("SCAN".utf8), cursor, Array("MATCH".utf8), pattern(selection), Array("COUNT".utf8),
                Array("1000".utf8),
            ]
            guard case .list(let parts)? = await redis.ask(command, patience: redis.configuration.unhurried),
                parts.count == 2,
                case .bytes(let next) = parts[0], case .list(let names) = parts[1]
            else { return }
            await body(names.compactMap { if case .bytes(let name) = $0 { name } else { nil } })
            cursor = next
        } while cursor != [UInt8(ascii: "0")]
    }

    /// Percent-encoded names have nothing in them that means something in a pattern.
    private func pattern(_ selection: DocumentSelection) -> [UInt8] {
        switch selection {
        case .document(let document): Array("\(purpose):\(document.pathSegment)@*".utf8)
        case .prefix(let bytes): Array("\(purpose):\(PercentEncoding.encode(bytes))*".utf8)
        }
    }

    private func document(ofName name: [UInt8]) -> DocumentID? {
        let rest = name.dropFirst(purpose.utf8.count + 1)
        return (try? DocumentReference(pathSegment: rest.prefix { $0 != UInt8(ascii: ":") }))?.document
    }
}
