// SPDX-License-Identifier: Apache-2.0

import LoadDriver
import NIOCore
import NIOPosix

/// Whether the driver could be the bottleneck: the same readers, so much faster, against a static server that answers
/// everything out of two files.
package struct DriverProof: Sendable, Codable {
    package var factor: Double
    package var wantedRate: Double
    package var reachedRate: Double
    package var failures: Int
    /// Seconds, of 100 answers 99.
    package var latency: Double
    /// Lateness of sending, in seconds, of 100 requests 99.
    package var lag: Double
    /// Of one processor.
    package var processorShare: Double

    /// Every request was answered, and nine of ten in the time in which they were to be.
    package var holds: Bool { failures == 0 && reachedRate > 0.9 * wantedRate && lag < 0.05 }

    static func measure(_ trace: Trace, factor: Double, folder: String) async throws -> DriverProof {
        let server = try await StaticServer(folder: folder)
        defer { server.stop() }
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let fast = trace.faster(factor)
        guard let target = LoadTarget(urls: [server.url]) else { throw ServedCluster.Failure("no static server") }
        let start = ContinuousClock.now
        let samples = try await LoadRun.run(fast, against: target, on: group.next())
        let took = start.duration(to: .now) / .seconds(1)
        let seconds = await ThreadClock.seconds(of: group.next())
        try await group.shutdownGracefully()
        return DriverProof(
            factor: factor, wantedRate: Double(fast.requests.count) / max(fast.duration, 0.001),
            reachedRate: Double(samples.count) / took, failures: samples.count { $0.isFailure },
            latency: LatencyHistogram(samples.map(\.latency)).quantile(0.99),
            lag: LatencyHistogram(samples.map(\.lag)).quantile(0.99), processorShare: seconds / took)
    }
}
