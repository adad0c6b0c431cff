// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Glibc
import Logging
import RedisClient
import TileTiers

/// Where finished tiles are kept beyond the memory of a process.
struct TierOptions: ParsableArguments {
    @Option(help: "A folder in which finished tiles are kept, so that a restarted process has them. Default: none.")
    var tileCacheDir: String?

    @Option(help: "Megabytes of disk that these tiles may take.")
    var tileCacheDirSize: Int = Environment.value("tile-cache-dir-size", 2048)

    @Option(help: "A Redis server in which all members share finished tiles: redis://[USER:PASSWORD@]HOST:PORT/DB.")
    var tileCacheRedis: String?

    private var folder: String? { tileCacheDir ?? Environment.optional("tile-cache-dir") }
    private var redis: String? { tileCacheRedis ?? Environment.optional("tile-cache-redis") }

    func validate() throws {
        guard (1...16_777_216).contains(tileCacheDirSize) else {
            throw ValidationError("--tile-cache-dir-size is a number of megabytes from 1 to 16777216.")
        }
        guard folder != "" else { throw ValidationError("--tile-cache-dir is a folder.") }
        if let redis { try Self.validate(redis, "tile-cache-redis") }
    }

    static func validate(_ address: String, _ option: String) throws {
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
    var secrets: [String] { redis.map { ["RECTO_TILE_CACHE_REDIS=\($0)"] } ?? [] }
}
