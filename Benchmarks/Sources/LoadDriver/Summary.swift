// SPDX-License-Identifier: Apache-2.0

/// Figures over samples. Percentiles are exact: every sample is kept.
package struct Summary: Sendable, Codable {
    package var requests: Int
    package var failures: Int
    package var resends: Int
    package var hitRatio: Double
    /// Requests for which a document had to be opened.
    package var cold: Int
    /// Seconds, from when a request was due to its last byte, of those that did not fail.
    package var p50: Double
    package var p95: Double
    package var p99: Double
    package var longest: Double
    package var bytes: Int

    package init(_ samples: some Collection<Sample>) {
        let good = samples.filter { !$0.isFailure }
        let latencies = good.map(\.latency).sorted()
        requests = samples.count
        failures = samples.count - good.count
        resends = samples.reduce(0) { $0 + $1.resends }
        hitRatio = good.isEmpty ? 0 : Double(good.count { $0.isHit }) / Double(good.count)
        cold = good.count { $0.isCold }
        p50 = Self.percentile(0.5, latencies)
        p95 = Self.percentile(0.95, latencies)
        p99 = Self.percentile(0.99, latencies)
        longest = latencies.last ?? 0
        bytes = samples.reduce(0) { $0 + $1.bytes }
    }

    /// The smallest value that at least this share of the values does not exceed.
    package static func percentile(_ share: Double, _ sorted: [Double]) -> Double {
        guard !sorted.isEmpty else { return 0 }
        return sorted[min(sorted.count - 1, max(0, Int((share * Double(sorted.count)).rounded(.up)) - 1))]
    }
}
