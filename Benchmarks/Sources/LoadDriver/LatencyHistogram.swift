// SPDX-License-Identifier: Apache-2.0

/// How often which latency was seen, in the way of HdrHistogram (Tene): buckets whose width grows with the value, so that
/// every value is known to 1 part in 64 and a histogram of hours has some hundred buckets. Samples that count from when a
/// request was due need no correction for coordinated omission afterwards.
package struct LatencyHistogram: Sendable, Codable, Equatable {
    /// Counts by bucket; buckets that nothing fell into are absent.
    private var counts: [Int: Int] = [:]
    package private(set) var count = 0

    /// Values below this many microseconds are kept exactly; above it each doubling has half as many buckets.
    private static let exact = 128

    package init() {}

    /// - Parameter values: in seconds.
    package init(_ values: some Sequence<Double>) {
        for value in values { record(value) }
    }

    package mutating func record(_ seconds: Double) {
        counts[Self.bucket(Int(max(0, seconds) * 1e6)), default: 0] += 1
        count += 1
    }

    package static func += (left: inout LatencyHistogram, right: LatencyHistogram) {
        left.counts.merge(right.counts, uniquingKeysWith: +)
        left.count += right.count
    }

    /// The upper end of the bucket, in seconds, that so much of the values does not exceed; 0 without values.
    package func quantile(_ share: Double) -> Double {
        let wanted = max(1, Int((share * Double(count)).rounded(.up)))
        var seen = 0
        for bucket in counts.keys.sorted() {
            seen += counts[bucket] ?? 0
            if seen >= wanted { return Double(Self.last(bucket)) / 1e6 }
        }
        return 0
    }

    static func bucket(_ microseconds: Int) -> Int {
        guard microseconds >= exact else { return microseconds }
        let shift = Int.bitWidth - microseconds.leadingZeroBitCount - exact.trailingZeroBitCount
        return exact + (shift - 1) * exact / 2 + (microseconds >> shift) - exact / 2
    }

    /// The largest value of a bucket.
    static func last(_ bucket: Int) -> Int {
        guard bucket >= exact else { return bucket }
        let (level, place) = ((bucket - exact) / (exact / 2), (bucket - exact) % (exact / 2))
        return ((exact / 2 + place + 1) << (level + 1)) - 1
    }
}
