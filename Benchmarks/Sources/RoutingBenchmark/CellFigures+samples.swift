// SPDX-License-Identifier: Apache-2.0

import LoadDriver

extension CellFigures {
    init(_ samples: [Sample], _ trace: Trace, eventTimes: [Double]) {
        let summary = Summary(samples)
        requests = summary.requests
        failures = summary.failures
        let good = samples.filter { !$0.isFailure }
        let read = Set(good.map { trace.requests[$0.request].document })
        documents = read.count
        documentBytes = read.reduce(0) { $0 + trace.documents[$1].bytes }
        let tiles = good.filter { trace.requests[$0.request].kind == .tile }
        self.tiles = tiles.count
        hitRatio = tiles.isEmpty ? 0 : Double(tiles.count { $0.isHit }) / Double(tiles.count)
        firstPage = Percentiles(good.compactMap(\.firstPage))
        (firstTile, allTiles) = Self.looks(tiles, trace)
        loadSkew = Self.skew(tiles)
        movedShare = Self.moved(tiles, trace, eventTimes)
    }

    /// Seconds until the first and until all tiles of what a reader turned to were there.
    private static func looks(_ tiles: [Sample], _ trace: Trace) -> (Percentiles, Percentiles) {
        struct Look: Hashable {
            var reader: Int
            var number: Int
        }
        let looks = Dictionary(grouping: tiles) { sample in
            let request = trace.requests[sample.request]
            return Look(reader: request.reader, number: request.look)
        }
        return (
            Percentiles(looks.values.compactMap { $0.map(\.latency).min() }),
            Percentiles(looks.values.compactMap { $0.map(\.latency).max() })
        )
    }

    private static func skew(_ tiles: [Sample]) -> Double {
        let counts = Dictionary(grouping: tiles, by: \.member).filter { $0.key.hasPrefix("node") }.mapValues(\.count)
        guard let most = counts.values.max() else { return 0 }
        return Double(most) * Double(counts.count) / Double(counts.values.reduce(0, +))
    }

    private static func moved(_ tiles: [Sample], _ trace: Trace, _ eventTimes: [Double]) -> Double? {
        guard let event = eventTimes.first else { return nil }
        let end = eventTimes.dropFirst().first ?? .infinity
        let before = owners(tiles.filter { $0.due < event }, trace)
        // A moment for the news to spread.
        let after = owners(tiles.filter { (event + 2..<end).contains($0.due) }, trace)
        let both = before.keys.filter { after[$0] != nil }
        return both.isEmpty ? nil : Double(both.count { before[$0] != after[$0] }) / Double(both.count)
    }

    /// For each document the member that answered most often.
    private static func owners(_ tiles: [Sample], _ trace: Trace) -> [Int: String] {
        Dictionary(grouping: tiles) { trace.requests[$0.request].document }.compactMapValues { samples in
            Dictionary(grouping: samples, by: \.member).max { ($0.value.count, $1.key) < ($1.value.count, $0.key) }?.key
        }
    }

    mutating func add(_ counted: [String: CountingOrigin.Account], _ shapes: [DocumentShape]) {
        archive = counted.values.reduce(into: CountingOrigin.Account()) { sum, account in
            sum.opens += account.opens
            sum.reads += account.reads
            sum.bytes += account.bytes
            sum.stats += account.stats
        }
    }

    mutating func add(before: ClusterProbe.Usage, after: ClusterProbe.Usage, peak: Int) {
        routerSeconds = after.router.processorSeconds - before.router.processorSeconds
        portalSeconds = after.portals.processorSeconds - before.portals.processorSeconds
        nodeSeconds = after.nodes.processorSeconds - before.nodes.processorSeconds
        memoryAtEnd = after.nodes.memory
        memoryAtPeak = max(peak, after.nodes.memory)
    }
}
