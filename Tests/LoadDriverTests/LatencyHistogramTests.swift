// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import LoadDriver

struct LatencyHistogramTests {
    @Test("every value lies in its bucket, and none is wider than a 64th of its values")
    func buckets() {
        var generator = SeededGenerator(seed: 1)
        let values = Array(0...5000) + (0..<20_000).map { _ in Int(generator.next() >> (20 + generator.next() % 40)) }
        for value in values {
            let bucket = LatencyHistogram.bucket(value)
            let first = bucket == 0 ? 0 : LatencyHistogram.last(bucket - 1) + 1
            let last = LatencyHistogram.last(bucket)
            #expect((first...last).contains(value))
            #expect(last - first <= first / 64)
        }
    }

    @Test("quantiles are those of the sorted values, to a 64th")
    func quantiles() {
        var generator = SeededGenerator(seed: 2)
        let values = (0..<10_000).map { _ in generator.unit() * generator.unit() * 3 }
        let histogram = LatencyHistogram(values)
        let sorted = values.sorted()
        #expect(histogram.count == values.count)
        for share in [0.01, 0.5, 0.95, 0.99, 0.999, 1] {
            let exact = Summary.percentile(share, sorted)
            let found = histogram.quantile(share)
            #expect(found >= exact - 1e-6 && found <= exact * (1 + 1.0 / 64) + 1e-6)
        }
    }

    @Test("two added up are one of all values, and one of nothing has no quantile above 0")
    func sum() {
        var left = LatencyHistogram([0.001, 0.5])
        left += LatencyHistogram([0.02])
        #expect(left == LatencyHistogram([0.5, 0.02, 0.001]))
        #expect(LatencyHistogram().quantile(0.99) == 0)
    }
}
