// SPDX-License-Identifier: Apache-2.0

import Cluster
import Logging
import Router
import Synchronization

/// Runs as many nodes as there is work for, within a range; a range of one number is that number. Measures by what members
/// say of themselves.
final class Autoscaler: NodeScaler {
    private let supervisor: NodeSupervisor
    private let monitor: HealthMonitor
    private let workersPerNode: @Sendable (_ most: Int) -> Int
    private let logger: Logger
    private let controller: Mutex<AutoscaleController>

    /// As often as members are checked.
    private static let interval: Duration = .milliseconds(250)

    /// - Parameter workersPerNode: pages that each node renders at a time where there are at most so many nodes.
    init(
        _ controller: AutoscaleController, supervisor: NodeSupervisor, monitor: HealthMonitor,
        workersPerNode: @escaping @Sendable (_ most: Int) -> Int, logger: Logger
    ) {
        self.controller = Mutex(controller)
        self.supervisor = supervisor
        self.monitor = monitor
        self.workersPerNode = workersPerNode
        self.logger = logger
    }

    var state: NodeScale {
        controller.withLock { controller in
            NodeScale(
                wanted: controller.nodes, range: controller.range, busyness: controller.busyness(now: .now))
        }
    }

    func scale(within range: ClosedRange<Int>) {
        scale(to: controller.withLock { $0.setRange(range, now: .now) })
    }

    /// Starts the nodes, and follows the load until the task is cancelled.
    func run() async {
        scale(to: controller.withLock { $0.nodes })
        while !Task.isCancelled {
            try? await Task.sleep(for: Self.interval)
            follow()
        }
    }

    private func scale(to count: Int) { supervisor.scale(to: count, workers: workers) }

    /// By the most nodes that there may be: if each node gave up workers whenever another one comes, the load would never
    /// look like less.
    private var workers: Int { workersPerNode(controller.withLock { $0.range.upperBound }) }

    private func follow() {
        let members = monitor.view.members.values.filter(\.isReachable).map(\.state)
        let tiles = members.reduce(0) { $0 + ($1.tiles.map { $0.hits + $0.misses } ?? 0) }
        let sample = AutoscaleController.Sample(
            nodeJobs: members.filter { $0.role == .node }.reduce(0) { $0 + $1.load },
            portalJobs: members.filter { $0.role == .portal }.reduce(0) { $0 + $1.load },
            workersPerNode: workers, tiles: tiles)
        let (before, wanted) = controller.withLock { ($0.nodes, $0.observe(sample, now: .now)) }
        guard wanted != before else { return }
        logger.info("the number of nodes follows the load", metadata: ["from": "\(before)", "to": "\(wanted)"])
        scale(to: wanted)
    }
}
