// SPDX-License-Identifier: Apache-2.0

import Cluster
import Testing

struct AutoscaleControllerTests {
    /// A controller, a clock that moves by a second, and members that do what they are given.
    private struct Setting {
        var controller: AutoscaleController
        var now = ContinuousClock.now
        var tiles = 0
        var changes: [Int] = []

        init(_ range: ClosedRange<Int>, nodes: Int) { controller = AutoscaleController(range: range, nodes: nodes) }

        /// Work for some seconds: `jobs` at any moment, spread over the nodes, or the portal where there is none.
        mutating func run(_ seconds: Int, jobs: Int, tilesPerSecond: Int? = nil, workers: Int = 2) {
            for _ in 0..<seconds {
                now += .seconds(1)
                tiles += tilesPerSecond ?? jobs
                let before = controller.nodes
                let wanted = controller.observe(
                    AutoscaleController.Sample(
                        nodeJobs: before > 0 ? jobs : 0, portalJobs: before > 0 ? 0 : jobs, workersPerNode: workers,
                        tiles: tiles),
                    now: now)
                if wanted != before { changes.append(wanted) }
            }
        }
    }

    @Test("busy nodes get company, at once as many as the work needs")
    func up() {
        var setting = Setting(0...8, nodes: 1)
        setting.run(9, jobs: 6)
        #expect(setting.changes.isEmpty)
        setting.run(10, jobs: 6)
        #expect(setting.changes == [5])
    }

    @Test("a peak shorter than the window changes nothing")
    func peak() {
        var setting = Setting(1...4, nodes: 1)
        setting.run(30, jobs: 0)
        setting.run(2, jobs: 6)
        setting.run(30, jobs: 0)
        #expect(setting.changes.isEmpty)
    }

    @Test("under a constant load, whatever it is, the number settles and stays", arguments: 0...20)
    func noFlapping(jobs: Int) {
        for start in 0...6 {
            var setting = Setting(0...6, nodes: start)
            setting.run(600, jobs: jobs)
            let settled = setting.controller.nodes
            let isMonotonic = setting.changes == setting.changes.sorted() || setting.changes == setting.changes.sorted(by: >)
            #expect(isMonotonic, "\(start): \(setting.changes)")
            setting.changes = []
            setting.run(1200, jobs: jobs)
            #expect(setting.changes.isEmpty, "\(jobs) jobs: \(settled), then \(setting.changes)")
        }
    }

    @Test("an idle cluster shrinks node by node to the least number, and no further", arguments: [0, 1, 2])
    func idle(least: Int) {
        var setting = Setting(least...4, nodes: 4)
        setting.run(1000, jobs: 0)
        #expect(setting.changes == Array((least..<4).reversed()))
    }

    @Test("without a node the portal's work brings one back")
    func fromZero() {
        var setting = Setting(0...4, nodes: 0)
        setting.run(100, jobs: 0)
        #expect(setting.changes.isEmpty)
        setting.run(15, jobs: 1)
        #expect(setting.changes == [1])
    }

    @Test("the last node stays while readers get tiles out of its cache")
    func cached() {
        var setting = Setting(0...4, nodes: 1)
        setting.run(600, jobs: 0, tilesPerSecond: 5)
        #expect(setting.changes.isEmpty)
        setting.run(61, jobs: 0, tilesPerSecond: 0)
        #expect(setting.changes == [0])
    }

    @Test("no more nodes than the range allows, whatever there is to do")
    func most() {
        var setting = Setting(1...3, nodes: 1)
        setting.run(600, jobs: 1000)
        #expect(setting.controller.nodes == 3)
    }

    @Test("a new range counts at once")
    func newRange() {
        var setting = Setting(1...3, nodes: 3)
        #expect(setting.controller.setRange(5...6, now: setting.now) == 5)
        #expect(setting.controller.setRange(0...2, now: setting.now) == 2)
        setting.run(5, jobs: 100)
        #expect(setting.changes.isEmpty)
    }

    @Test("changes are a window apart at least")
    func coolDown() {
        var setting = Setting(1...8, nodes: 1)
        setting.run(10, jobs: 2)
        let first = setting.changes
        setting.run(8, jobs: 100)
        #expect(setting.changes == first)
        setting.run(10, jobs: 100)
        #expect(setting.changes.count == first.count + 1)
    }

    @Test("how busy the nodes are is told in jobs for each worker")
    func busyness() {
        var setting = Setting(2...2, nodes: 2)
        setting.run(20, jobs: 1)
        #expect(setting.controller.busyness(now: setting.now) == 0.25)
    }
}
