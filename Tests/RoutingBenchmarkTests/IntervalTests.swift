// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import RoutingBenchmark

struct IntervalTests {
    @Test("the half width is that of Student's t")
    func width() throws {
        let interval = try #require(Interval([10, 12, 11, 13, 14]))
        #expect(interval.mean == 12)
        // 2.776 times the standard deviation 1.5811 by the root of five.
        #expect(abs(interval.halfWidth - 1.963) < 0.001)
        #expect(Interval([]) == nil)
    }

    @Test("intervals that touch are not told apart, those that do not are")
    func differs() throws {
        let (low, high) = (try #require(Interval([1, 1.1, 0.9])), try #require(Interval([2, 2.1, 1.9])))
        #expect(low.differs(from: high) && high.differs(from: low))
        #expect(!(try #require(Interval([1, 3, 2]))).differs(from: high))
    }

    @Test("single runs differ from a tenth on")
    func single() throws {
        let one = try #require(Interval([100]))
        #expect(!one.differs(from: try #require(Interval([109]))))
        #expect(one.differs(from: try #require(Interval([120]))))
    }

    @Test(
        "three significant figures are shown, and no more than two behind the point",
        arguments: [(1234.5, "1235"), (12.34, "12.3"), (1.234, "1.23"), (2, "2"), (0.001, "0")])
    func text(value: Double, text: String) {
        #expect(Interval([value])?.text == text)
    }
}
