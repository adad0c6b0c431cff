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
    private let names: RedisNames
    private let counts = LayerCounts(layer: "tiles-shared")

    /// In seconds, half a day: the readers of one working day.
    private static let lifetime = 43_200
    /// Of a tile; larger ones take longer to move than they are worth.
    static let largest = 1 << 20

    package static func open(_ settings: TierSettings) throws -> (any TileTier)? {
        guard let text = settings.redis else { return nil }
        do {
            let address = try RedisAddress(text)
            return SharedTiles(RedisClient(address, purpose: "tiles", logger: settings.logger))
        } catch {
            throw TierSettings.Invalid("the address of Redis for tiles: \(error)")
        }
    }

    init(_ redis: RedisClient) {
        self.redis = redis
        names = RedisNames(redis, purpose: "recto:tile")
    }

    package var name: String { counts.layer }
    package var shortName: String { "shared" }

    package func value(for key: TierKey) async -> [UInt8]? {
        guard let name = names.name(key.document, key.digest),
            case .bytes(let bytes)? = await redis.ask([Array("GET".utf8), name])
        else {
            counts.missed()
            return nil
        }
        guard let tile = SealedTile(bytes, for: key) else {
            counts.missed()
            _ = await redis.ask([Array("UNLINK".utf8), name])
            return nil
        }
        counts.hit()
        return tile.value
    }

    package func keep(_ value: [UInt8], cost: Duration, for key: TierKey) async {
        guard value.count <= Self.largest, let name = names.name(key.document, key.digest),
            let bytes = SealedTile.seal(value, cost: cost, for: key)
        else { return }
        let command = [Array("SET".utf8), name, bytes, Array("EX".utf8), Array("\(Self.lifetime)".utf8)]
        _ = await redis.ask(command, patience: redis.configuration.unhurried)
    }

    // MARK: CacheLayer

    /// What Redis holds it does not tell by purpose.
    package var usage: LayerUsage { counts.usageElsewhere }

    package func holdings(_ selection: DocumentSelection, most count: Int) async -> [LayerHolding] {
        await names.holdings(selection, most: count)
    }

    package func purge(_ selection: DocumentSelection) async { await names.remove(selection) }
}
