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

    @Test("what differs in each repetition is told apart, however much the repetitions differ")
    func differs() throws {
        // A tenth more each time, and means whose intervals touch.
        let (low, high) = (try #require(Interval([10, 100, 40])), try #require(Interval([11.1, 109, 44])))
        #expect(low.differs(from: high) && high.differs(from: low))
        let ratio = try #require(high.ratio(to: low))
        #expect(abs(ratio.mean - 1.1) < 0.01 && ratio.low > 1.07 && ratio.high < 1.13)
        #expect(high.ratioText(to: low).hasPrefix("1.1 times ("))
        // Once more, once less.
        #expect(!(try #require(Interval([12, 90, 41]))).differs(from: low))
    }

    @Test("equal values are not told apart, and where one is zero the differences decide")
    func zeros() throws {
        let (one, four) = (try #require(Interval([1, 1, 1])), try #require(Interval([4, 4, 4])))
        #expect(!one.differs(from: one) && one.differs(from: four))
        let none = try #require(Interval([0, 0, 0]))
        #expect(!none.differs(from: none) && one.differs(from: none) && one.ratio(to: none) == nil)
    }

    @Test("only repetitions that both have are compared")
    func missing() throws {
        let left = try #require(Interval([nil, 2, 2.2, 2]))
        let right = try #require(Interval([100, 1, 1.1, 1]))
        let ratio = try #require(left.ratio(to: right))
        #expect(left.count == 3 && abs(ratio.mean - 2) < 1e-9)
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
