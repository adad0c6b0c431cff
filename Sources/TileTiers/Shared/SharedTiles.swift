// SPDX-License-Identifier: Apache-2.0

import Logging
import RedisClient
package import TileCache
package import TileModel

/// Keeps tiles in a Redis server that all members share.
///
/// A key is `recto:tile:DOCUMENT@VERSION:DIGEST`, its value a `SealedTile`. What stays and what goes there is for Redis to say
/// (`maxmemory`, `maxmemory-policy allkeys-lru`); entries end after `lifetime` in any case.
package final class SharedTiles: TileTier {
    private let redis: RedisClient
    private let metrics = LayerMetrics(layer: "tiles-shared")

    /// Half a day: the readers of one working day.
    private static let lifetime = 43_200
    /// Of a tile; larger ones take longer to move than they are worth.
    static let largest = 1 << 20
    /// Of a key: Redis holds it as often as there are tiles.
    private static let longestName = 512
    /// For what nobody waits for.
    private static let backgroundPatience: Duration = .milliseconds(500)

    package static func open(_ settings: TierSettings) throws -> (any TileTier)? {
        guard let text = settings.redis else { return nil }
        do {
            let address = try RedisAddress(text)
            return SharedTiles(RedisClient(address, purpose: "tiles", logger: settings.logger))
        } catch {
            throw TierSettings.Invalid("the address of Redis for tiles: \(error)")
        }
    }

    init(_ redis: RedisClient) { self.redis = redis }

    package var name: String { metrics.name }
    package var shortName: String { "shared" }

    package func value(for key: TierKey) async -> [UInt8]? {
        guard let name = Self.name(of: key), case .bytes(let bytes)? = await redis.ask([Array("GET".utf8), name]) else {
            metrics.missed()
            return nil
        }
        guard let tile = SealedTile(bytes, for: key) else {
            metrics.missed()
            _ = await redis.ask([Array("UNLINK".utf8), name], patience: Self.backgroundPatience)
            return nil
        }
        metrics.hit()
        return tile.value
    }

    package func keep(_ value: [UInt8], cost: Duration, for key: TierKey) async {
        guard value.count <= Self.largest, let name = Self.name(of: key),
            let bytes = SealedTile.seal(value, cost: cost, for: key)
        else { return }
        let command = [Array("SET".utf8), name, bytes, Array("EX".utf8), Array("\(Self.lifetime)".utf8)]
        _ = await redis.ask(command, patience: Self.backgroundPatience)
    }

    /// Nil where the document's name is too long.
    private static func name(of key: TierKey) -> [UInt8]? {
        let document = key.document.pathSegment
        return document.utf8.count <= longestName ? Array("recto:tile:\(document):\(key.digest)".utf8) : nil
    }

    // MARK: CacheLayer

    /// What Redis holds it does not tell by purpose: bytes and entries are not known here.
    package var usage: LayerUsage { metrics.usage(bytes: 0, budget: nil, entries: 0) }

    package func recordUsage() {}

    package func holdings(_ selection: DocumentSelection, most count: Int) async -> [LayerHolding] {
        var found: [DocumentID: LayerHolding] = [:]
        await forEachName(selection) { names in
            for name in names {
                guard let document = Self.document(ofName: name) else { continue }
                found[document, default: LayerHolding(document: document, bytes: 0, entries: 0)].entries += 1
            }
        }
        return Array(found.values.sorted { ($0.entries, $1.document) > ($1.entries, $0.document) }.prefix(count))
    }

    package func purge(_ selection: DocumentSelection) async {
        await forEachName(selection) { [redis] names in
            guard !names.isEmpty else { return }
            _ = await redis.ask([Array("UNLINK".utf8)] + names, patience: Self.backgroundPatience)
        }
    }

    /// Goes through Redis's keys piece by piece, which holds up no other client of it.
    private func forEachName(_ selection: DocumentSelection, _ body: ([[UInt8]]) async -> Void) async {
        var cursor: [UInt8] = [UInt8(ascii: "0")]
        repeat {
            let command = [
                Array("SCAN".utf8), cursor, Array("MATCH".utf8), Self.pattern(selection), Array("COUNT".utf8),
                Array("1000".utf8),
            ]
            guard case .list(let parts)? = await redis.ask(command, patience: Self.backgroundPatience), parts.count == 2,
                case .bytes(let next) = parts[0], case .list(let names) = parts[1]
            else { return }
            await body(names.compactMap { if case .bytes(let name) = $0 { name } else { nil } })
            cursor = next
        } while cursor != [UInt8(ascii: "0")]
    }

    /// Percent-encoded names have nothing in them that means something in a pattern.
    private static func pattern(_ selection: DocumentSelection) -> [UInt8] {
        switch selection {
        case .document(let document): Array("recto:tile:\(document.pathSegment)@*".utf8)
        case .prefix(let bytes): Array("recto:tile:\(PercentEncoding.encode(bytes))*".utf8)
        }
    }

    private static func document(ofName name: [UInt8]) -> DocumentID? {
        let parts = name.split(separator: UInt8(ascii: ":"))
        guard parts.count == 4 else { return nil }
        return (try? DocumentReference(pathSegment: parts[2]))?.document
    }
}
