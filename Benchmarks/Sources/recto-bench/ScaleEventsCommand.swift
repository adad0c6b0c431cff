// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import LoadDriver
import NIOPosix

/// Readers go on reading while nodes come, go, die and freeze.
struct ScaleEventsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scale-events", abstract: "Counts what readers notice of nodes that come, go, die and freeze.")

    @OptionGroup var load: LoadOptions

    @Flag(help: "Find out first how much the cluster can take, and use half of that.")
    var halfOfSaturation = false

    @Option(help: "More options for “recto serve”, as one text.")
    var options = ""

    func run() async throws {
        let shapes = try load.shapes()
        var load = load
        if halfOfSaturation { load.rate = try await saturation(shapes) / 2 }
        let cluster = try start()
        defer { cluster.stop() }
        try await cluster.settled(nodes: 2)
        let run = EventRun(step: load.step, events: events(cluster))
        let trace = load.trace(shapes, duration: run.duration())
        try load.write(try await run.run(trace, against: try target(cluster)))
    }

    private func start() throws -> ServedCluster {
        try ServedCluster(
            program: load.program,
            arguments: ["--archive", load.documents, "--nodes", "2"] + options.split(separator: " ").map(String.init),
            log: ".build/scale-events.log")
    }

    private func target(_ cluster: ServedCluster) throws -> LoadTarget {
        guard let target = LoadTarget(urls: [cluster.url]) else { throw ValidationError("\(cluster.url)?") }
        return target
    }

    /// The highest rate, in steps of a quarter, at which nine requests of ten are answered within half a second.
    private func saturation(_ shapes: [DocumentShape]) async throws -> Double {
        let cluster = try start()
        defer { cluster.stop() }
        try await cluster.settled(nodes: 2)
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        var rate = 100.0
        while true {
            let trace = Trace.planned(documents: shapes, seed: load.seed &+ UInt64(rate), duration: 12, rate: rate)
            let samples = try await LoadRun.run(trace, against: try target(cluster), on: loop)
            let late = samples.count { $0.isFailure || $0.latency > 0.5 }
            print("at \(Int(rate)) requests a second \(late * 100 / max(1, samples.count)) % later than 0.5 s")
            guard late * 10 < samples.count else { return rate / 1.25 }
            rate *= 1.25
        }
    }

    private func events(_ cluster: ServedCluster) -> [EventRun.Event] {
        [
            EventRun.Event(name: "2 nodes") {},
            EventRun.Event(name: "2 to 4 nodes") { try await cluster.scale(to: 4) },
            EventRun.Event(name: "4 to 1") { try await cluster.scale(to: 1) },
            EventRun.Event(name: "1 to 3") { try await cluster.scale(to: 3) },
            EventRun.Event(name: "kill -9 of a node") { kill(try cluster.processID(ofNode: "node-2"), SIGKILL) },
            EventRun.Event(name: "a node frozen for 20 s") {
                let node = try cluster.processID(ofNode: "node-1")
                kill(node, SIGSTOP)
                try await Task.sleep(for: .seconds(20))
                kill(node, SIGCONT)
            },
        ]
    }
}
