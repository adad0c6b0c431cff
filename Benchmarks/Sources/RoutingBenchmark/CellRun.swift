// SPDX-License-Identifier: Apache-2.0

import Foundation
package import LoadDriver
import NIOPosix

/// One run: a cluster with empty caches is started, readers read, figures are taken, everything is ended.
package struct CellRun {
    package struct Plan: Sendable, Codable, Hashable {
        package var folder: String
        package var program: String
        package var nodes: Int
        package var workers: Int
        /// Megabytes of finished tiles for each member.
        package var tileCache: Int
        package var seconds: Double
        package var rate: Double
        package var think: Double
        package var seed: UInt64

        package init(
            folder: String, program: String, nodes: Int, workers: Int, tileCache: Int, seconds: Double, rate: Double,
            think: Double, seed: UInt64
        ) {
            self.folder = folder
            self.program = program
            self.nodes = nodes
            self.workers = workers
            self.tileCache = tileCache
            self.seconds = seconds
            self.rate = rate
            self.think = think
            self.seed = seed
        }
    }

    let plan: Plan
    let architecture: Architecture
    let scene: Scene
    let shapes: [DocumentShape]

    package init(plan: Plan, architecture: Architecture, scene: Scene, shapes: [DocumentShape]) {
        self.plan = plan
        self.architecture = architecture
        self.scene = scene
        self.shapes = shapes
    }

    /// The same for every architecture.
    /// - Parameter repetition: every repetition has readers of its own.
    private func trace(_ repetition: Int) -> Trace {
        var readers = ReaderPlan()
        readers.think = plan.think
        return Trace.planned(
            documents: shapes, seed: plan.seed &+ UInt64(repetition), duration: plan.seconds, rate: plan.rate,
            plan: readers, hotShare: scene.hotShare)
    }

    package func run(repetition: Int) async throws -> CellFigures {
        let origin = try await CountingOrigin(folder: plan.folder, latency: scene.latency)
        let cluster = try cluster(origin)
        defer { cluster.stop() }
        let probe = ClusterProbe(cluster)
        try await probe.untilReady(nodes: plan.nodes, portals: architecture.portals)
        guard let target = cluster.target else { throw ServedCluster.Failure("there is no router") }
        origin.reset()
        let trace = trace(repetition)
        let before = probe.usage()
        async let happening: Void = happen(cluster)
        async let peak = probe.peak(for: plan.seconds)
        let samples = try await LoadRun.run(trace, against: target, on: MultiThreadedEventLoopGroup.singleton.next())
        try await happening
        var figures = CellFigures(samples, trace, eventTimes: eventTimes)
        figures.add(origin.counted, shapes)
        figures.add(before: before, after: probe.usage(), peak: await peak)
        figures.heldCopies = try await probe.heldCopies()
        figures.nodes = plan.nodes
        figures.settings = architecture.settings.count
        await origin.stop()
        return figures
    }

    private func cluster(_ origin: CountingOrigin) throws -> RoleCluster {
        let cluster = RoleCluster(
            program: plan.program,
            archive: [
                "--archive", origin.url, "--archive-allow-private", "--workers", "\(plan.workers)", "--tile-cache",
                "\(plan.tileCache)",
            ] + architecture.options)
        try cluster.addRouter("router-1", options: ["--policy", architecture.policy])
        for number in 0..<architecture.portals { try cluster.addPortal("portal-\(number + 1)") }
        for number in 0..<plan.nodes { try cluster.addNode("node-\(number + 1)") }
        return cluster
    }

    /// Seconds at which something happens.
    private var eventTimes: [Double] {
        switch scene.happening {
        case .nothing: []
        case .scaling: [plan.seconds / 3, plan.seconds * 2 / 3]
        case .death: [plan.seconds / 2]
        }
    }

    private func happen(_ cluster: RoleCluster) async throws {
        let start = ContinuousClock.now
        for (place, time) in eventTimes.enumerated() {
            try await Task.sleep(until: start + .seconds(time))
            switch (scene.happening, place) {
            case (.scaling, 0): try cluster.addNode("node-\(plan.nodes + 1)")
            case (.scaling, _): cluster.nodes[0].terminate()
            case (.death, _): cluster.nodes[0].kill9()
            case (.nothing, _): break
            }
        }
    }
}
