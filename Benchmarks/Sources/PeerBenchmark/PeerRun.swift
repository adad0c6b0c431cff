// SPDX-License-Identifier: Apache-2.0

import Foundation
import LoadDriver
import NIOPosix
import RoutingBenchmark

/// One run against one server: it is started with nothing open and nothing cached, readers read, it is ended.
///
/// With the tile cache off every tile is rendered. With it on every tile was asked for before, several times over fresh
/// connections so that each of several processes has had it; then the same readers come again and again, and faster.
struct PeerRun {
    let peer: Peer
    let scene: PeerScene

    /// A process that does not share its cache learns of a tile with half of the requests, if there are two.
    private static let warmings = 4
    private static let warmingReaders = 3

    func figures(repetition: Int) async throws -> PeerFigures {
        let running = try await peer.start(scene)
        defer { running.stop() }
        let trace = scene.trace.addressed(running.path)
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        if scene.cache == .on {
            for _ in 0..<Self.warmings {
                _ = try await LoadRun.run(
                    trace.onceEach(readers: Self.warmingReaders), against: running.target, on: loop)
            }
        }
        let idle = try await idleSeconds(running)
        let measured = scene.cache == .on ? trace.replayed(scene.replays, within: scene.plan.seconds) : trace
        let before = usage(running)
        let driver = Self.ownSeconds()
        let samples = try await LoadRun.run(measured, against: running.target, on: loop)
        let driven = Self.ownSeconds() - driver
        let after = usage(running)
        return PeerFigures(
            peer: peer, cache: scene.cache, repetition: repetition, samples: samples,
            processorSeconds: after.seconds - before.seconds, idleSeconds: idle, driverSeconds: driven,
            memory: after.memory)
    }

    /// Processor seconds in a second without requests.
    private func idleSeconds(_ running: RunningPeer) async throws -> Double {
        let before = usage(running)
        try await Task.sleep(for: .seconds(1))
        return usage(running).seconds - before.seconds
    }

    private func usage(_ running: RunningPeer) -> (seconds: Double, memory: Int) {
        running.processes().map(ProcessTree.init(root:)).reduce((0, 0)) {
            ($0.0 + $1.processorSeconds, $0.1 + $1.memory)
        }
    }

    private static func ownSeconds() -> Double {
        var usage = rusage()
        getrusage(RUSAGE_SELF.rawValue, &usage)
        return [usage.ru_utime, usage.ru_stime].reduce(0) { $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1e6 }
    }
}
