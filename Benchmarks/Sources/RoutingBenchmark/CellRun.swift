// SPDX-License-Identifier: Apache-2.0

import Foundation
import LoadDriver
import NIOCore
import NIOPosix

/// One run: a cluster with empty caches is started, readers read, figures are taken, everything is ended.
struct CellRun {
    /// As the scene has changed it.
    let plan: Plan
    let architecture: Architecture
    let scene: Scene
    let trace: Trace
    /// Megabytes for each member.
    let tileCache: Int
    /// For what is thrown away afterwards.
    let scratch: String

    func run() async throws -> (figures: CellFigures, samples: [Sample]) {
        try? FileManager.default.removeItem(atPath: scratch)
        try FileManager.default.createDirectory(atPath: scratch, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: scratch) }
        let origin = try await CountingOrigin(
            folder: plan.folder, latency: .milliseconds(plan.archiveLatency),
            bandwidth: plan.archiveBandwidth.map { Int($0 * 1e6) })
        let driver = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        do {
            let result = try await run(origin, driver)
            await origin.stop()
            try await driver.shutdownGracefully()
            return result
        } catch {
            await origin.stop()
            try? await driver.shutdownGracefully()
            throw error
        }
    }

    private func run(
        _ origin: CountingOrigin, _ driver: MultiThreadedEventLoopGroup
    ) async throws -> (CellFigures, [Sample]) {
        let cluster = try await cluster(origin)
        defer { cluster.stop() }
        let host = scene.foreignRate > 0 ? try await HostProcess(processors: hostProcessors.shared) : nil
        defer { host?.stop() }
        let probe = ClusterProbe(cluster)
        try await probe.untilReady(nodes: architecture.form == .roles ? plan.nodes : 1, portals: architecture.portals)
        origin.reset()
        let before = probe.usage()
        let start = ContinuousClock.now
        async let happening: Void = happen(cluster)
        async let watched = probe.watch(for: plan.seconds, countsNodes: scene.isDay)
        async let foreign = foreignSamples(host)
        let samples = try await LoadRun.run(trace, against: cluster.target, on: driver.next())
        try await happening
        var figures = CellFigures(
            samples, trace, eventTimes: scene.eventTimes(plan.seconds),
            nodes: architecture.form == .roles ? plan.nodes : 0)
        let seen = await watched
        figures.add(before: before, after: probe.usage(), seen)
        figures.driver.duration = start.duration(to: .now) / .seconds(1)
        figures.driver.seconds = await ThreadClock.seconds(of: driver.next())
        figures.driver.originSeconds = await origin.processorSeconds()
        if scene.isDay { figures.nodeTime = seen.nodeSeconds }
        let metrics = await settled(probe, origin)
        if !isExisting { figures.add(origin.counted, samples, trace, nodes: plan.nodes) }
        figures.add(try await probe.members())
        figures.add(metrics, await probe.routerMetrics(), isComplete: isUndisturbed(samples))
        figures.add(try await foreign)
        figures.tileCache = architecture.isWithoutCache ? 0 : tileCache
        return (figures, samples)
    }

    /// What members count once what they still fetch has arrived: a document may be on its way to them that nobody waits for
    /// any more. For two seconds at most.
    private func settled(_ probe: ClusterProbe, _ origin: CountingOrigin) async -> [MemberMetrics] {
        var metrics = await probe.metrics()
        for _ in 0..<10 where !metrics.isEmpty {
            let sent = origin.counted.values.reduce(0) { $0 + $1.bytes }
            if metrics.reduce(0, { $0 + $1.archiveBytes }) == Double(sent) { break }
            try? await Task.sleep(for: .milliseconds(200))
            metrics = await probe.metrics()
        }
        return metrics
    }

    private var isExisting: Bool { architecture.form == .existing }

    /// Nobody who counted is gone, and nobody gave up or sent a request twice.
    private func isUndisturbed(_ samples: [Sample]) -> Bool {
        architecture.form == .roles && scene.eventTimes(plan.seconds).isEmpty
            && samples.allSatisfy { $0.resends == 0 && !$0.isFailure }
    }

    private func cluster(_ origin: CountingOrigin) async throws -> any MeasuredCluster {
        switch architecture.form {
        case .roles:
            return try await RolesUnderTest(
                plan, architecture, archive: origin.url, tileCache: tileCache, folder: scratch,
                host: scene.foreignRate > 0 ? hostProcessors : nil)
        case .served(let options):
            return try ServedUnderTest(
                plan, options: options, archive: origin.url, tileCache: tileCache, folder: scratch)
        case .existing: return try ExistingCluster(router: plan.router ?? "", admin: plan.admin ?? "")
        }
    }

    /// The first processor for the host application and whoever shows the first page, the others for all else.
    private var hostProcessors: (shared: [Int], others: [Int]) {
        let count = ProcessInfo.processInfo.activeProcessorCount
        return ([0], count > 1 ? Array(1..<count) : [0])
    }

    private func happen(_ cluster: any MeasuredCluster) async throws {
        let start = ContinuousClock.now
        for (number, time) in scene.eventTimes(plan.seconds).enumerated() {
            try await Task.sleep(until: start + .seconds(time))
            try await cluster.happen(scene.happening, number)
        }
    }

    private func foreignSamples(_ host: HostProcess?) async throws -> [Sample] {
        guard let host, let target = LoadTarget(urls: [host.url]) else { return [] }
        let trace = Trace.foreign(
            path: "/", seed: plan.seed, duration: plan.seconds, rate: scene.foreignRate)
        return try await LoadRun.run(trace, against: target, on: MultiThreadedEventLoopGroup.singleton.next())
    }
}

extension CellFigures {
    fileprivate mutating func add(_ foreign: [Sample]) {
        guard !foreign.isEmpty else { return }
        self.foreign = LatencyHistogram(foreign.filter { !$0.isFailure }.map(\.latency))
        foreignFailures = foreign.count { $0.isFailure }
    }
}
