// SPDX-License-Identifier: Apache-2.0

import Foundation
import RoutingBenchmark

extension PeerReport {
    /// For the terminal.
    package var table: String {
        var lines: [String] = []
        for (title, rows) in groups {
            lines.append("\n" + title)
            lines.append(
                pad("", 50) + right("tiles/CPU-s", 16) + right("ours is", 16) + right("p50 ms", 9)
                    + right("p99 ms", 9) + right("PSS MB", 8) + right("idle ms/s", 11) + right("hits", 6)
                    + right("KB/tile", 9)
                    + right("failed", 8))
            for row in rows {
                lines.append(
                    pad(row.title, 50) + right(plusMinus(row.tiles, 0), 16) + right(ratio(row), 16)
                        + right(digits(row.p50.mean, 1), 9) + right(digits(row.p99.mean, 1), 9)
                        + right(digits(row.megabytes.mean, 0), 8) + right(digits(row.idle, 0), 11)
                        + right("\(Int(row.hitRatio * 100)) %", 6)
                        + right(digits(row.kilobytesPerTile, 1), 9) + right("\(row.failures)", 8))
            }
        }
        return (lines + ["", aims] + broken + [cost]).joined(separator: "\n")
    }

    /// For docs/performance.md.
    package var markdown: String {
        var lines = [
            "`\(command)`: \(machine.processor), \(machine.processors) processors, \(machine.version), load "
                + "\(machine.load), \(plan.repetitions) repetitions of \(digits(plan.seconds, 0)) s, seed \(plan.seed)."
        ]
        for (title, rows) in groups {
            lines += [
                "", "| \(title) | tiles per CPU-second | ours is | p50 ms | p99 ms | memory MB | KB a tile |",
                "|---|---|---|---|---|---|---|",
            ]
            lines += rows.map { row in
                "| \(row.title) | \(plusMinus(row.tiles, 0)) | \(ratio(row)) | \(digits(row.p50.mean, 1)) | "
                    + "\(digits(row.p99.mean, 1)) | \(digits(row.megabytes.mean, 0)) | "
                    + "\(digits(row.kilobytesPerTile, 1)) |"
            }
        }
        return (lines + ["", aims] + broken + [cost, ""]).joined(separator: "\n")
    }

    private var groups: [(String, [Row])] {
        PeerWorkload.allCases.flatMap { workload in
            Peer.TileCache.allCases.compactMap { cache in
                let rows = rows.filter { $0.workload == workload && $0.cache == cache }
                return rows.isEmpty ? nil : ("\(workload.title), tile cache \(cache.rawValue)", rows)
            }
        }
    }

    /// Whether what is aimed at was reached. An interval that holds the aim settles nothing.
    private var aims: String {
        [("python-open", 1.3), ("python-reopen", 3)].compactMap { peer, aim in
            rows.first { $0.peer == peer && $0.cache == .off }.map { row in
                guard let ratio = row.ratio else { return "" }
                let verdict =
                    abs(ratio.mean - aim) < ratio.halfWidth
                    ? "within noise of it" : ratio.mean >= aim ? "reached" : "missed"
                return "Aim \(digits(aim, 1)) × \(row.title): \(digits(ratio.mean, 2)), \(verdict)."
            }
        }.joined(separator: "\n")
    }

    /// What is not in the figures, and where what is in them is no measure.
    private var broken: [String] {
        rows.filter { $0.brokenRuns > 0 }.map { row in
            let place = "\(row.title), \(row.workload.title), tile cache \(row.cache.rawValue)"
            return row.brokenRuns == row.runs
                ? "\(place): \(row.failures) requests got no answer; its figures are no measure."
                : "\(place): \(row.brokenRuns) of \(row.runs) runs are left out, in which \(row.failures) "
                    + "requests got no answer."
        }
    }

    private var cost: String {
        "The readers took \(Int(driverShare * 100)) % at most of the processor time of a run."
    }

    private func ratio(_ row: Row) -> String { row.ratio.map { plusMinus($0, 2) + " ×" } ?? "" }

    private func plusMinus(_ interval: Interval, _ places: Int) -> String {
        digits(interval.mean, places) + (interval.count > 1 ? " ± " + digits(interval.halfWidth, places) : "")
    }

    private func digits(_ value: Double, _ places: Int) -> String { String(format: "%.\(places)f", value) }

    private func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }

    private func right(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(1, width - text.count)) + text
    }
}
