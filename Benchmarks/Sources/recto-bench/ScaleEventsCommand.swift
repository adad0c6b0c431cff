// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import LoadDriver
import NIOPosix

/// Readers go on reading while nodes come, go, die and freeze.
struct ScaleEventsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scale-events", abstract: "Counts what readers notice of nodes that come, go, die and freeze.")

    @Option(help: "The folder of documents.")
    var documents: String

    @Option(help: "The recto to be measured.")
    var program = "../.build/release/recto"

    @Option(help: "Requests a second; 0: half of what the cluster can take, measured first.")
    var rate = 0.0

    @Option(help: "Seconds for each event and the quiet time before it; eight of them make the run.")
    var step = 35.0

    @Option var seed: UInt64 = 1

    @Option(help: "More options for “recto serve”, as one text.")
    var options = ""

    @Option(help: "A file for the figures as JSON.")
    var output: String?

    private struct Event: Sendable {
        var name: String
        var time: Double
        var act: @Sendable (ServedCluster) async throws -> Void
    }

    func run() async throws {
        let shapes = try DocumentFolder(path: documents, program: program, cache: ".build/shapes").shapes {
            print("left out: \($0) cannot be shown")
        }
        print("\(shapes.count) documents, \(shapes.reduce(0) { $0 + $1.pages.count }) pages")
        let rate = self.rate > 0 ? self.rate : try await saturation(shapes) / 2
        let trace = Trace.planned(documents: shapes, seed: seed, duration: step * 8, rate: rate)
        let mean = Double(trace.requests.count) / trace.duration
        print("\(trace.requests.count) requests in \(Int(trace.duration)) s: \(Int(mean)) a second\n")
        let cluster = try start()
        defer { cluster.stop() }
        try await cluster.settled(nodes: 2)
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let target = try target(cluster)
        let events = events
        async let happening: Void = happen(events, cluster)
        let samples = try await LoadRun.run(trace, against: target, on: loop)
        try await happening
        try report(samples, trace)
    }

    private func start() throws -> ServedCluster {
        try ServedCluster(
            program: program,
            arguments: ["--archive", documents, "--nodes", "2"] + options.split(separator: " ").map(String.init),
            log: ".build/scale-events.log")
    }

    private func target(_ cluster: ServedCluster) throws -> LoadTarget {
        guard let target = LoadTarget(urls: [cluster.url]) else { throw ValidationError("\(cluster.url)?") }
        return target
    }

    // MARK: How much it can take

    /// The highest rate, in steps of a quarter, at which nine requests of ten are answered within half a second.
    private func saturation(_ shapes: [DocumentShape]) async throws -> Double {
        let cluster = try start()
        defer { cluster.stop() }
        try await cluster.settled(nodes: 2)
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        var rate = 100.0
        while true {
            let trace = Trace.planned(documents: shapes, seed: seed &+ UInt64(rate), duration: 12, rate: rate)
            let samples = try await LoadRun.run(trace, against: try target(cluster), on: loop)
            let late = samples.count { $0.isFailure || $0.latency > 0.5 }
            print("at \(Int(rate)) requests a second \(late * 100 / max(1, samples.count)) % later than 0.5 s")
            guard late * 10 < samples.count else { return rate / 1.25 }
            rate *= 1.25
        }
    }

    // MARK: What happens

    private var events: [Event] {
        let names = ["2 nodes", "2 to 4 nodes", "4 to 1", "1 to 3", "kill -9 of a node", "a node frozen for 20 s"]
        let acts: [@Sendable (ServedCluster) async throws -> Void] = [
            { _ in },
            { try await $0.scale(to: 4) },
            { try await $0.scale(to: 1) },
            { try await $0.scale(to: 3) },
            { kill(try $0.processID(ofNode: "node-2"), SIGKILL) },
            { cluster in
                let node = try cluster.processID(ofNode: "node-1")
                kill(node, SIGSTOP)
                try await Task.sleep(for: .seconds(20))
                kill(node, SIGCONT)
            },
        ]
        // The first step is for caches to fill.
        return zip(names, acts).enumerated().map { place, event in
            Event(name: event.0, time: Double(place + 1) * step, act: event.1)
        }
    }

    private func happen(_ events: [Event], _ cluster: ServedCluster) async throws {
        let start = ContinuousClock.now
        for event in events {
            try await Task.sleep(until: start + .seconds(event.time))
            print("\(Int(event.time)) s: \(event.name)")
            try await event.act(cluster)
        }
    }

    // MARK: What was noticed

    private struct Phase: Codable {
        var name: String
        var summary: Summary
    }

    private func report(_ samples: [Sample], _ trace: Trace) throws {
        var phases: [Phase] = []
        for event in events {
            let window = samples.filter { (event.time..<event.time + step).contains($0.due) }
            phases.append(Phase(name: event.name, summary: Summary(window)))
        }
        phases.append(Phase(name: "all", summary: Summary(samples)))
        print("\nphase                    requests  failed  resent   hit %  cold   p50 ms   p99 ms   longest ms")
        for phase in phases {
            let summary = phase.summary
            print(
                phase.name.padding(toLength: 24, withPad: " ", startingAt: 0)
                    + column(summary.requests, 9) + column(summary.failures, 8) + column(summary.resends, 8)
                    + column(Int(summary.hitRatio * 100), 8) + column(summary.cold, 6)
                    + column(Int(summary.p50 * 1e5), 100, 9) + column(Int(summary.p99 * 1e5), 100, 9)
                    + column(Int(summary.longest * 1e5), 100, 13))
        }
        for sample in samples where sample.isFailure {
            print("failed at \(sample.due) s: \(sample.status) \(trace.requests[sample.request].path)")
        }
        if let output { try JSONEncoder().encode(phases).write(to: URL(fileURLWithPath: output)) }
    }

    private func column(_ value: Int, _ width: Int) -> String {
        let text = String(value)
        return String(repeating: " ", count: max(1, width - text.count)) + text
    }

    /// A value in hundredths.
    private func column(_ value: Int, _ unit: Int, _ width: Int) -> String {
        let rest = value % unit
        let text = "\(value / unit).\(rest < 10 ? "0" : "")\(rest)"
        return String(repeating: " ", count: max(1, width - text.count)) + text
    }
}
