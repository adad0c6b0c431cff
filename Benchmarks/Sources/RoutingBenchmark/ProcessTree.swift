// SPDX-License-Identifier: Apache-2.0

import Foundation

/// What a process and all that it started use, as the kernel tells.
package struct ProcessTree: Sendable, Codable {
    /// Processor time so far, in seconds; that of children that have ended and were waited for included.
    package var processorSeconds = 0.0
    /// Proportional set size in bytes: shared pages count by the share of those who have them.
    package var memory = 0

    private static let ticksPerSecond = 100.0

    static let none = ProcessTree()

    private init() {}

    static func += (left: inout ProcessTree, right: ProcessTree) {
        left.processorSeconds += right.processorSeconds
        left.memory += right.memory
    }

    /// Reading the memory costs the kernel some milliseconds a process.
    package init(root: Int32) {
        for process in [root] + Self.descendants(of: root) {
            processorSeconds += Self.processorSeconds(process)
            memory += Self.proportionalSetSize(process)
        }
    }

    private static func descendants(of root: Int32) -> [Int32] {
        let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(root)/task")) ?? []
        let children = tasks.flatMap { task -> [Int32] in
            // Children belong to the thread that started them.
            text("/proc/\(root)/task/\(task)/children").split(separator: " ").compactMap { Int32($0) }
        }
        return children + children.flatMap(descendants)
    }

    private static func processorSeconds(_ process: Int32) -> Double {
        // Behind the name, which may contain anything: the 12th to 15th of the following are times in ticks.
        guard let rest = text("/proc/\(process)/stat").split(separator: ")").last else { return 0 }
        let fields = rest.split(separator: " ")
        guard fields.count > 14 else { return 0 }
        return fields[11...14].reduce(0) { $0 + (Double($1) ?? 0) } / ticksPerSecond
    }

    private static func proportionalSetSize(_ process: Int32) -> Int {
        for line in text("/proc/\(process)/smaps_rollup").split(separator: "\n") where line.hasPrefix("Pss:") {
            return line.split(separator: " ").compactMap { Int($0) }.first.map { $0 << 10 } ?? 0
        }
        return 0
    }

    private static func text(_ path: String) -> String {
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }
}
