// SPDX-License-Identifier: Apache-2.0

import CoreMetrics
import Synchronization

/// Counts values by size, from a tenth of a millisecond to half a minute, three steps to a power of ten: a tile out of memory
/// takes less than the first, a job at its deadline about the last.
///
/// Recording is two atomic additions. The buckets of one reading may be of slightly different moments, but they always add
/// up to the count beside them.
final class HistogramValue: RecorderHandler, TimerHandler, MetricValue {
    static let bounds = [
        0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
    ]

    private final class Bucket: Sendable {
        let count = Atomic<Int64>(0)
    }

    /// One more than there are bounds, for what is larger than all of them.
    private let buckets = (0...HistogramValue.bounds.count).map { _ in Bucket() }
    /// In billionths, so that it is a whole number: enough for three centuries of seconds.
    private let sum = Atomic<Int64>(0)
    /// How many of what is recorded make one of what is shown. Dividing is exact where multiplying would push a value over a
    /// bound.
    private let divisor: Double

    init(divisor: Double) { self.divisor = divisor }

    func record(_ value: Int64) { record(Double(value)) }
    func recordNanoseconds(_ duration: Int64) { record(Double(duration)) }

    func record(_ value: Double) {
        guard value.isFinite else { return }
        let value = value / divisor
        var place = 0
        while place < Self.bounds.count, value > Self.bounds[place] { place += 1 }
        buckets[place].count.wrappingAdd(1, ordering: .relaxed)
        sum.wrappingAdd(Int64(max(-9e18, min(9e18, value * 1e9))), ordering: .relaxed)
    }

    func write(_ name: String, _ labels: String, to text: inout Exposition) {
        let comma = labels.isEmpty ? "" : ","
        var total: Int64 = 0
        for (place, bucket) in buckets.enumerated() {
            total += bucket.count.load(ordering: .relaxed)
            let bound = place < Self.bounds.count ? Exposition.number(Self.bounds[place]) : "+Inf"
            text.line("\(name)_bucket", "\(labels)\(comma)le=\"\(bound)\"", "\(total)")
        }
        text.line("\(name)_sum", labels, Exposition.number(Double(sum.load(ordering: .relaxed)) / 1e9))
        text.line("\(name)_count", labels, "\(total)")
    }
}
