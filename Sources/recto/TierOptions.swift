// SPDX-License-Identifier: Apache-2.0

import Archive
import ArgumentParser
import Glibc
import Logging
import RedisClient
import TileTiers

/// What is kept beyond the memory of a process, and what members share.
struct TierOptions: ParsableArguments {
    @Option(help: "A folder in which finished tiles are kept, so that a restarted process has them. Default: none.")
    var tileCacheDir: String?

    @Option(help: "Megabytes of disk that these tiles may take.")
    var tileCacheDirSize: Int = Environment.value("tile-cache-dir-size", 2048)

    @Option(help: "A Redis server in which all members share finished tiles: redis://[USER:PASSWORD@]HOST:PORT/DB.")
    var tileCacheRedis: String?

    @Option(help: "A Redis server in which all members share what they read of distant documents, as for tiles.")
    var documentCacheRedis: String?

    private var folder: String? { tileCacheDir ?? Environment.optional("tile-cache-dir") }
    private var redis: String? { tileCacheRedis ?? Environment.optional("tile-cache-redis") }
    private var documentRedis: String? { documentCacheRedis ?? Environment.optional("document-cache-redis") }

    func validate() throws {
        guard (1...16_777_216).contains(tileCacheDirSize) else {
            throw ValidationError("--tile-cache-dir-size is a number of megabytes from 1 to 16777216.")
        }
        guard folder != "" else { throw ValidationError("--tile-cache-dir is a folder.") }
        if let redis { try Self.validate(redis, "tile-cache-redis") }
        if let documentRedis { try Self.validate(documentRedis, "document-cache-redis") }
    }

    private static func validate(_ address: String, _ option: String) throws {
        do { _ = try RedisAddress(address) } catch {
            throw ValidationError("--\(option): \(error). It is redis://[USER:PASSWORD@]HOST:PORT/DB.")
        }
    }

    /// - Throws: `Failure` for the user.
    func open(_ member: String, _ logger: Logger) throws -> TierChain {
        var settings = TierSettings(member: member, logger: logger)
        settings.folder = folder.map(Self.absolute)
        settings.folderBudget = tileCacheDirSize << 20
        settings.redis = redis
        do { return try TileTiers.open(settings) } catch { throw Failure("\(error)") }
    }

    /// The place where members share blocks of documents.
    func documents(_ logger: Logger) throws -> SharedBlocks? {
        guard let documentRedis else { return nil }
        var configuration = RedisClient.Configuration()
        configuration.longestReply = SharedBlocks.longestReply
        do {
            let address = try RedisAddress(documentRedis)
            return SharedBlocks(RedisClient(address, purpose: "documents", configuration, logger: logger))
        } catch { throw Failure("--document-cache-redis: \(error)") }
    }

    private static func absolute(_ path: String) -> String {
        guard !path.hasPrefix("/"), let current = getcwd(nil, 0) else { return path }
        defer { free(current) }
        return "\(String(cString: current))/\(path)"
    }

    /// These options on the command line of a node that `serve` starts, but for those that have passwords in them.
    var arguments: [String] {
        var arguments = ["--tile-cache-dir-size", "\(tileCacheDirSize)"]
        if let folder { arguments += ["--tile-cache-dir", Self.absolute(folder)] }
        return arguments
    }

    /// The others, as variables of its environment.
    var secrets: [String] {
        let tiles = redis.map { ["RECTO_TILE_CACHE_REDIS=\($0)"] } ?? []
        return tiles + (documentRedis.map { ["RECTO_DOCUMENT_CACHE_REDIS=\($0)"] } ?? [])
    }
}
