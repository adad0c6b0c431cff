// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Archive

struct FetchPlanTests {
    private static let megabyte = 1 << 20

    private func plan(_ size: Int) -> FetchPlan { FetchPlan(grid: BlockGrid(size: size)) }

    @Test("a document of 8 MiB is read whole, in one request")
    func small() {
        #expect(plan(8 << 20).opening == [0..<128])
        #expect(plan(1).opening == [0..<1])
        #expect(plan(0).opening.isEmpty)
        #expect(plan(8 << 20).ranges(for: Array(0..<128), ahead: 0) { _ in true } == [0..<128])
    }

    @Test("of a larger one head and tail are read, up to its last byte")
    func large() {
        let plan = plan((100 << 20) + 1)
        #expect(plan.opening == [0..<4, 1592..<1601])
        #expect(plan.grid.bytes(of: 1592..<1601).upperBound == (100 << 20) + 1)
    }

    @Test("missing blocks side by side become one range, and so do those with a short gap that is absent as well")
    func adjacent() {
        let plan = plan(100 << 20)
        #expect(plan.ranges(for: [3, 4, 5, 8, 20], ahead: 0) { _ in true } == [3..<9, 20..<21])
        #expect(plan.ranges(for: [3, 4, 5, 8, 20], ahead: 0) { $0 != 6 } == [3..<6, 8..<9, 20..<21])
        #expect(plan.ranges(for: [3, 7], ahead: 0) { _ in true } == [3..<4, 7..<8])
    }

    @Test("what is read ahead ends at the document's end and at the first block that is there")
    func ahead() {
        let plan = plan(100 << 20)
        #expect(plan.ranges(for: [10], ahead: 8) { _ in true } == [10..<19])
        #expect(plan.ranges(for: [10], ahead: 8) { $0 < 14 } == [10..<14])
        #expect(plan.ranges(for: [10, 15], ahead: 8) { _ in true } == [10..<24])
        #expect(plan.ranges(for: [1598], ahead: 8) { _ in true } == [1598..<1600])
    }

    @Test("long ranges are cut, so that one read takes no more than 4 MiB of memory")
    func cut() {
        #expect(plan(100 << 20).ranges(for: Array(0..<150), ahead: 0) { _ in true } == [0..<64, 64..<128, 128..<150])
    }

    @Test("going on where reading ended reads ahead, each time twice as far up to 2 MiB; a jump does not")
    func sequential() {
        var readAhead = ReadAhead()
        var windows: [Int] = []
        var place = 100
        for _ in 0..<7 {
            let window = readAhead.blocks(for: place, round: 1)
            windows.append(window)
            place += 1 + window
            readAhead.reads(to: place)
        }
        #expect(windows == [0, 2, 4, 8, 16, 32, 32])
        #expect(readAhead.blocks(for: 5, round: 1) == 0)
    }

    @Test("a job that is led from place to place reads ever more around each, so that it comes to an end")
    func rounds() {
        let windows = (1...13).map { round in
            var readAhead = ReadAhead()
            return readAhead.blocks(for: round * 1000, round: round)
        }
        #expect(windows == [0, 0, 0, 4, 8, 16, 32, 64, 128, 256, 512, 512, 512])
    }
}
