// SPDX-License-Identifier: Apache-2.0

import Foundation
import LoadDriver
import NIOPosix

/// Readers read while things happen; what they noticed is told for each thing that happened.
struct EventRun {
    struct Event: Sendable {
        var name: String
        var act: @Sendable () async throws -> Void
    }

    struct Phase: Codable {
        var name: String
        var summary: Summary
    }

    /// Seconds from one event to the next.
    var step: Double
    var events: [Event]

    /// The first step is for caches to fill, and the last event has a step of its own.
    func duration() -> Double { step * Double(events.count + 1) }

    /// Runs the trace and prints what was noticed.
    func run(_ trace: Trace, against target: LoadTarget) async throws -> [Phase] {
        async let happening: Void = happen()
        let samples = try await LoadRun.run(
            trace, against: target, on: MultiThreadedEventLoopGroup.singleton.next())
        try await happening
        let phases = phases(samples)
        report(phases)
        reportSlowest(samples, trace)
        for sample in samples.filter(\.isFailure).prefix(20) {
            print("failed at \(sample.due) s: \(sample.status) \(trace.requests[sample.request].path)")
        }
        return phases
    }

    private func happen() async throws {
        let start = ContinuousClock.now
        for (place, event) in events.enumerated() {
            try await Task.sleep(until: start + .seconds(step * Double(place + 1)))
            print("\(Int(step * Double(place + 1))) s: \(event.name)")
            try await event.act()
        }
    }

    private func phases(_ samples: [Sample]) -> [Phase] {
        var phases = events.enumerated().map { place, event in
            let begin = step * Double(place + 1)
            return Phase(
                name: event.name, summary: Summary(samples.filter { (begin..<begin + step).contains($0.due) }))
        }
        phases.append(Phase(name: "all", summary: Summary(samples)))
        return phases
    }

    private func report(_ phases: [Phase]) {
        print("\nphase                      requests  failed  resent  hit %   cold   p50 ms   p99 ms  longest ms")
        for phase in phases {
            let summary = phase.summary
            print(
                phase.name.padding(toLength: 26, withPad: " ", startingAt: 0)
                    + cell("\(summary.requests)", 9) + cell("\(summary.failures)", 8) + cell("\(summary.resends)", 8)
                    + cell("\(Int(summary.hitRatio * 100))", 7) + cell("\(summary.cold)", 7)
                    + cell(milliseconds(summary.p50), 9) + cell(milliseconds(summary.p99), 9)
                    + cell(milliseconds(summary.longest), 12))
        }
    }

    /// Where to look for what made them slow.
    private func reportSlowest(_ samples: [Sample], _ trace: Trace) {
        print("\nthe slowest")
        for (place, event) in events.enumerated() {
            let begin = step * Double(place + 1)
            let slowest = samples.filter { (begin..<begin + step).contains($0.due) }
                .sorted { $0.latency > $1.latency }.prefix(3)
            for sample in slowest {
                print(
                    "  \(event.name): \(milliseconds(sample.latency)) ms, late by \(milliseconds(sample.lag)),",
                    "\(sample.member) \(trace.requests[sample.request].path) \(sample.timing)")
            }
        }
    }

    private func milliseconds(_ seconds: Double) -> String { "\((seconds * 1e5).rounded() / 100)" }

    private func cell(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(1, width - text.count)) + text
    }
}
