// SPDX-License-Identifier: Apache-2.0

package import Foundation
package import RoutingBenchmark

/// What the runs gave, in words and numbers.
package struct PeerReport: Codable {
    /// One server with the tile cache off or on.
    package struct Row: Codable {
        package var peer: String
        package var title: String
        package var workload: PeerWorkload
        package var cache: Peer.TileCache
        package var tiles: Interval
        /// Tiles of ours for each processor second divided by this server's, repetition by repetition.
        package var ratio: Interval?
        /// Milliseconds.
        package var p50: Interval
        package var p99: Interval
        package var megabytes: Interval
        /// Milliseconds of processor time a second without requests.
        package var idle: Double
        package var kilobytesPerTile: Double
        package var hitRatio: Double
        /// Requests that were not answered, in all runs.
        package var failures: Int
        package var runs: Int
        /// Those with such requests, which are in no other figure, unless there are no others.
        package var brokenRuns: Int
    }

    package var machine: Machine
    package var command: String
    package var plan: PeerPlan
    package var rows: [Row]
    package var runs: [PeerFigures]
    /// Of the processor time of a run, what the readers took at most.
    package var driverShare: Double

    package init(plan: PeerPlan, figures: [PeerFigures], machine: Machine, command: String) {
        self.plan = plan
        self.machine = machine
        self.command = command
        runs = figures
        driverShare =
            figures.filter(\.isWhole).map { $0.driverSeconds / max(0.001, $0.driverSeconds + $0.processorSeconds) }
            .max() ?? 0
        rows = PeerWorkload.allCases.flatMap { workload in
            Peer.TileCache.allCases.flatMap { cache in
                Peer.all.filter { $0.workload == workload }.compactMap { Self.row($0, cache, figures) }
            }
        }
    }

    private static func row(_ peer: Peer, _ cache: Peer.TileCache, _ all: [PeerFigures]) -> Row? {
        let comparable = all.filter { $0.workload == peer.workload && $0.cache == cache }
        let every = comparable.filter { $0.peer == peer.name }
        let whole = every.filter(\.isWhole)
        let own = whole.isEmpty ? every : whole
        let interval = { (value: (PeerFigures) -> Double) in Interval(own.map(value)) }
        guard let tiles = interval(\.tilesPerProcessorSecond), let p50 = interval({ $0.p50 * 1000 }),
            let p99 = interval({ $0.p99 * 1000 }), let megabytes = interval({ Double($0.memory) / 1e6 })
        else { return nil }
        let ratios = own.compactMap { mine in
            comparable.first { Peer.isOurs($0.peer) && $0.isWhole && $0.repetition == mine.repetition }
                .map { ($0.tilesPerProcessorSecond, mine.tilesPerProcessorSecond) }
        }.filter { $0.1 > 0 }.map { $0.0 / $0.1 }
        let mean = { (value: (PeerFigures) -> Double) in own.map(value).reduce(0, +) / Double(own.count) }
        return Row(
            peer: peer.name, title: peer.title, workload: peer.workload, cache: cache, tiles: tiles,
            ratio: Peer.isOurs(peer.name) ? nil : Interval(ratios), p50: p50, p99: p99, megabytes: megabytes,
            idle: mean { $0.idleSeconds * 1000 }, kilobytesPerTile: mean { $0.tileBytes / 1000 },
            hitRatio: mean(\.hitRatio),
            failures: every.reduce(0) { $0 + $1.failures }, runs: every.count,
            brokenRuns: every.count - whole.count)
    }

    package var json: Data {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
            return try encoder.encode(self)
        }
    }
}
