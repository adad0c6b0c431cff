// SPDX-License-Identifier: Apache-2.0

import LoadDriver

/// What one run against one server gave.
package struct PeerFigures: Sendable, Codable {
    package var peer: String
    package var workload: PeerWorkload
    package var cache: Peer.TileCache
    package var repetition: Int
    /// Answered.
    package var tiles: Int
    package var failures: Int
    /// Of all processes of the server side, while readers read.
    package var processorSeconds: Double
    /// Processor seconds of the server side in a second in which nobody asks for anything.
    package var idleSeconds: Double
    /// Of the readers.
    package var driverSeconds: Double
    /// From when a tile was due to its last byte, in seconds.
    package var p50: Double
    package var p99: Double
    /// Of the answers, those out of a tile cache, where the server says so.
    package var hitRatio: Double
    /// Bytes of a tile, on average.
    package var tileBytes: Double
    /// Proportional set size of the server side as the run ended, in bytes.
    package var memory: Int

    package var tilesPerProcessorSecond: Double {
        processorSeconds > 0 ? Double(tiles) / processorSeconds : 0
    }

    /// Whether the server answered everything: one that broke down has less to do for the rest.
    package var isWhole: Bool { failures == 0 && tiles > 0 }

    init(
        peer: Peer, cache: Peer.TileCache, repetition: Int, samples: [Sample], processorSeconds: Double,
        idleSeconds: Double, driverSeconds: Double, memory: Int
    ) {
        let summary = Summary(samples)
        self.peer = peer.name
        workload = peer.workload
        self.cache = cache
        self.repetition = repetition
        tiles = summary.requests - summary.failures
        failures = summary.failures
        self.processorSeconds = processorSeconds
        self.idleSeconds = idleSeconds
        self.driverSeconds = driverSeconds
        p50 = summary.p50
        p99 = summary.p99
        hitRatio = summary.hitRatio
        tileBytes = tiles > 0 ? Double(summary.bytes) / Double(tiles) : 0
        self.memory = memory
    }
}
