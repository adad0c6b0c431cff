// SPDX-License-Identifier: Apache-2.0

/// Says how many nodes there should be for the work that there is. A pure state machine: samples and times in, a number out.
///
/// Work is counted in jobs that run or wait, at any moment. A node more is wanted where the nodes have had more than `high`
/// jobs for each worker in the last window; one fewer where those that stay would have had fewer than `low`, for as long as
/// `patience`. Since `low` is well below `high`, a constant load never sends the number to and fro: what is taken away is
/// not asked for again.
package struct AutoscaleController: Sendable {
    package typealias Instant = ContinuousClock.Instant

    package struct Configuration: Sendable {
        /// The time over which load is averaged before nodes are added, and the least time between two changes: a node needs
        /// a few seconds to take its share.
        package var window: Duration = .seconds(10)
        /// The time for which there must have been too little to do before nodes are taken away. Opening documents anew costs
        /// more than a node that idles for a minute.
        package var patience: Duration = .seconds(60)
        /// Jobs for each worker.
        package var high = 0.75
        package var low = 0.5
        /// What the number of nodes aims at when there are too few: between the two.
        package var aim = 0.625

        package init() {}
    }

    /// What was seen at one moment.
    package struct Sample: Sendable, Hashable {
        /// Jobs that run or wait at nodes, at portals.
        package var nodeJobs: Int
        package var portalJobs: Int
        /// Workers of one node.
        package var workersPerNode: Int
        /// Tiles that members were asked for since they started; cached ones are no jobs, but nobody who gets them is idle.
        package var tiles: Int

        package init(nodeJobs: Int, portalJobs: Int, workersPerNode: Int, tiles: Int) {
            self.nodeJobs = nodeJobs
            self.portalJobs = portalJobs
            self.workersPerNode = workersPerNode
            self.tiles = tiles
        }
    }

    package private(set) var range: ClosedRange<Int>
    package private(set) var nodes: Int
    private let configuration: Configuration
    private var samples: [(at: Instant, sample: Sample)] = []
    /// Since when samples count: what was measured with another number of nodes says nothing of this one.
    private var since: Instant?

    /// - Parameter nodes: those that there are; brought into the range.
    package init(range: ClosedRange<Int>, nodes: Int, configuration: Configuration = Configuration()) {
        self.range = range
        self.nodes = min(max(nodes, range.lowerBound), range.upperBound)
        self.configuration = configuration
    }

    /// Jobs for each worker of the nodes over the last window; 0 without nodes.
    package func busyness(now: Instant) -> Double {
        let recent = samples.filter { $0.at + configuration.window >= now }
        guard nodes > 0, let workers = recent.last?.sample.workersPerNode, workers > 0 else { return 0 }
        return Self.mean(recent.map(\.sample.nodeJobs)) / Double(nodes * workers)
    }

    /// Another range. Returns the number of nodes wanted.
    package mutating func setRange(_ range: ClosedRange<Int>, now: Instant) -> Int {
        self.range = range
        since = now
        change(to: nodes, now)
        return nodes
    }

    /// Takes note of a sample. Returns the number of nodes wanted.
    package mutating func observe(_ sample: Sample, now: Instant) -> Int {
        samples.append((now, sample))
        let longest = max(configuration.patience, configuration.window)
        samples.removeAll { $0.at + longest < now }
        if since == nil { since = now }
        guard let since, sample.workersPerNode > 0, now >= since + configuration.window else { return nodes }
        if let more = nodesForLoad(now), more > nodes {
            change(to: more, now)
        } else if now >= since + configuration.patience, isOneTooMany(sample.workersPerNode) {
            change(to: nodes - 1, now)
        }
        return nodes
    }

    private mutating func change(to wanted: Int, _ now: Instant) {
        let wanted = min(max(wanted, range.lowerBound), range.upperBound)
        guard wanted != nodes else { return }
        nodes = wanted
        samples = []
        since = now
    }

    /// Nil where there are enough.
    private func nodesForLoad(_ now: Instant) -> Int? {
        let recent = samples.filter { $0.at + configuration.window >= now }.map(\.sample)
        guard let workers = recent.last?.workersPerNode else { return nil }
        // Without nodes portals do all the work, and any of it is a reason for the first node.
        if nodes == 0 { return Self.isIdle(recent) ? nil : 1 }
        let jobs = Self.mean(recent.map(\.nodeJobs))
        guard jobs > configuration.high * Double(nodes * workers) else { return nil }
        return max(nodes + 1, Int((jobs / (configuration.aim * Double(workers))).rounded(.up)))
    }

    private func isOneTooMany(_ workers: Int) -> Bool {
        guard nodes > range.lowerBound else { return false }
        // The last node goes only when nobody asks for anything: what it caches would be lost, and it be wanted at once.
        if nodes == 1 { return Self.isIdle(samples.map(\.sample)) }
        let jobs = Self.mean(samples.map(\.sample.nodeJobs))
        return jobs < configuration.low * Double((nodes - 1) * workers)
    }

    private static func isIdle(_ samples: [Sample]) -> Bool {
        samples.allSatisfy { $0.nodeJobs == 0 && $0.portalJobs == 0 } && samples.first?.tiles == samples.last?.tiles
    }

    private static func mean(_ values: [Int]) -> Double {
        values.isEmpty ? 0 : Double(values.reduce(0, +)) / Double(values.count)
    }
}
