// SPDX-License-Identifier: Apache-2.0

import Foundation
import LoadDriver

extension CellFigures {
    /// What a request that failed counts as: readers gave it up after that, and a server that fails at once is not fast.
    private static let failedLatency = 30.0

    /// - Parameter nodes: of the cluster, as far as known.
    init(_ samples: [Sample], _ trace: Trace, eventTimes: [Double], nodes: Int = 0) {
        requests = samples.count
        let good = samples.filter { !$0.isFailure }
        failures = samples.count - good.count
        let read = Set(good.map { trace.requests[$0.request].document })
        documents = read.count
        documentBytes = read.reduce(0) { $0 + trace.documents[$1].bytes }
        let tiles = good.filter { trace.requests[$0.request].kind == .tile }
        self.tiles = tiles.count
        hitRatio = tiles.isEmpty ? 0 : Double(tiles.count { $0.isHit }) / Double(tiles.count)
        let looks = Dictionary(grouping: samples.filter { trace.requests[$0.request].kind == .tile }) {
            Look(trace.requests[$0.request])
        }
        pages = looks.values.count { !$0.allSatisfy(\.isFailure) }
        firstTile = LatencyHistogram(looks.values.compactMap { $0.map(Self.latency).min() })
        allTiles = LatencyHistogram(looks.values.compactMap { $0.map(Self.latency).max() })
        addFirstPages(samples.filter { trace.requests[$0.request].kind == .structure }, looks, trace)
        loadSkew = Self.skew(tiles, nodes)
        movedShare = Self.moved(tiles, trace, eventTimes)
        driver.lag = LatencyHistogram(samples.map(\.lag)).quantile(0.99)
        checks = [
            Check(
                name: "Requests planned · answered or failed", left: Double(trace.requests.count),
                right: Double(requests)),
            Check(
                name: "Tiles answered · by any named member", left: Double(tiles.count),
                right: Double(tiles.count { !$0.member.isEmpty })),
        ]
    }

    private static func latency(_ sample: Sample) -> Double {
        sample.isFailure ? max(failedLatency, sample.latency) : sample.latency
    }

    struct Look: Hashable {
        var reader: Int
        var number: Int

        init(_ request: PlannedRequest) { (reader, number) = (request.reader, request.look) }

        init(reader: Int, number: Int) { (self.reader, self.number) = (reader, number) }
    }

    /// The picture of page 1 in the structure stream, or all tiles of the first look, whichever was there first.
    private mutating func addFirstPages(_ openings: [Sample], _ looks: [Look: [Sample]], _ trace: Trace) {
        var requests = 0
        for opening in openings {
            let request = trace.requests[opening.request]
            guard !opening.isFailure else {
                firstPage.record(Self.latency(opening))
                requests += 1
                continue
            }
            let tiles = looks[Look(reader: request.reader, number: request.look + 1)] ?? []
            let drawn = tiles.map { $0.due + Self.latency($0) }.max().map { $0 - opening.due }
            guard let first = [opening.firstPage, drawn].compactMap({ $0 }).min() else { continue }
            firstPage.record(first)
            requests += first == opening.firstPage ? 1 : 1 + tiles.count
        }
        requestsToFirstPage = firstPage.count == 0 ? nil : Double(requests) / Double(firstPage.count)
    }

    private static func skew(_ tiles: [Sample], _ nodes: Int) -> Double? {
        let counts = Dictionary(grouping: tiles, by: \.member).filter { $0.key.hasPrefix("node") }.mapValues(\.count)
        guard let most = counts.values.max() else { return nil }
        // A node that answered nothing counts as well.
        return Double(most) * Double(max(nodes, counts.count)) / Double(counts.values.reduce(0, +))
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

    // MARK: The archive's side

    /// - Parameter nodes: of the cluster: with eight tiles for each, hardly one was spared.
    mutating func add(_ counted: [String: CountingOrigin.Account], _ samples: [Sample], _ trace: Trace, nodes: Int) {
        archive = counted.values.reduce(into: CountingOrigin.Account(), +=)
        var seen: [Int: (pages: Set<Int>, tiles: Int)] = [:]
        for sample in samples where !sample.isFailure {
            let request = trace.requests[sample.request]
            guard request.kind == .tile else { continue }
            seen[request.document, default: ([], 0)].pages.insert(request.page)
            seen[request.document]?.tiles += 1
        }
        var whole = ReadToEnd()
        for (place, what) in seen
        where what.pages.count == trace.documents[place].pages.count && what.tiles >= 8 * nodes {
            whole.documents += 1
            whole.size += trace.documents[place].bytes
            whole.archive += counted[trace.documents[place].path.removingPercentEncoding ?? ""] ?? .init()
        }
        readToEnd = whole
    }

    // MARK: The cluster's side

    mutating func add(before: ClusterProbe.Usage, after: ClusterProbe.Usage, _ watched: ClusterProbe.Watched) {
        guard !after.isEmpty else { return }
        var usage = Usage()
        for (role, tree) in after {
            usage.seconds[role.rawValue] = tree.processorSeconds - (before[role]?.processorSeconds ?? 0)
            usage.allMemoryAtEnd += tree.memory
        }
        usage.nodeMemoryAtEnd = after[.node]?.memory ?? 0
        (usage.nodeMemoryAtPeak, usage.nodesAtPeak) = (watched.nodeMemory, watched.nodes)
        self.usage = usage
    }

    mutating func add(_ members: [ClusterProbe.Member]) {
        var held = Holdings()
        for member in members where member.reachable && member.status != "gone" {
            if member.role == "node" {
                held.nodes += 1
                held.byNodes += member.openDocuments ?? 0
            } else {
                held.byPortals += member.openDocuments ?? 0
            }
        }
        holdings = held
    }

    /// - Parameter isComplete: whether all who counted could be asked.
    mutating func add(_ metrics: [MemberMetrics], _ router: MemberMetrics?, isComplete: Bool) {
        for member in metrics {
            for layer in member.values(of: "layer", in: "recto_cache_hits_total") {
                layers[layer, default: Layer()].hits += member.sum("recto_cache_hits_total", label: ("layer", layer))
                layers[layer, default: Layer()].misses += member.sum(
                    "recto_cache_misses_total", label: ("layer", layer))
            }
        }
        guard isComplete, !metrics.isEmpty else { return }
        if let archive {
            checks.append(
                Check(
                    name: "Bytes that the archive sent · that members fetched", left: Double(archive.bytes),
                    right: metrics.reduce(0) { $0 + $1.archiveBytes }))
        }
        if let router {
            let answered = ["tile", "structure"].reduce(0.0) {
                $0 + router.sum("recto_router_requests_total", label: ("class", $1))
            }
            checks.append(
                Check(
                    name: "Requests of readers · that the router counted", left: Double(requests), right: answered))
        }
    }
}
