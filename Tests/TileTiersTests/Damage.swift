// SPDX-License-Identifier: Apache-2.0

import Foundation
import RedisClient

/// Changes a byte in the middle of a file, as a bad disk does.
enum FileDamage {
    static func changeMiddle(_ path: String) throws {
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        guard !bytes.isEmpty else { return }
        bytes[bytes.count / 2] ^= 0xFF
        try bytes.write(to: URL(fileURLWithPath: path))
    }
}

/// The same with the values of a Redis server.
enum RedisDamage {
    static func changeValues(_ redis: RedisClient) async throws {
        guard case .list(let names)? = await redis.ask([Array("KEYS".utf8), Array("*".utf8)]) else { return }
        for case .bytes(let name) in names {
            guard case .bytes(var value)? = await redis.ask([Array("GET".utf8), name]) else { continue }
            value[value.count / 2] ^= 0xFF
            _ = await redis.ask([Array("SET".utf8), name, value])
        }
    }
}
