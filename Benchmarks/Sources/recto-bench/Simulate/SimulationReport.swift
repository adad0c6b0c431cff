// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The measurements as tables, JSON and pictures.
struct SimulationReport: Codable {
    var documents: Int
    var exponent: Double
    var requests: Int
    var measurements: [Measurement]

    /// A table in Markdown for each question, with the numbers of nodes as columns.
    var tables: String {
        [
            table("Most requests of one node, by the mean") { Self.number($0.skew) },
            table("The same, with a third of all requests for one document (nodes that had it)") { row in
                row.hotNodes.map { "\(Self.number(row.hotSkew)) (\($0))" } ?? ""
            },
            table("Documents moved when a node joins, by the ideal") { row in
                Self.number(row.joinMoved.map { $0 / row.joinIdeal })
            },
            table("Documents moved when a node leaves, by the ideal") { row in
                Self.number(row.leaveMoved.map { $0 / row.leaveIdeal })
            },
            table("Of all documents, moved between nodes that stay, %") { row in
                Self.number(row.strayMoved.map { $0 * 100 })
            },
            table("Cold look-ups in a thousand without an event") { Self.number($0.coldWithoutEvent) },
            table("… more of them after a node joined") { Self.number($0.coldAfterJoin) },
            table("… after a node left") { Self.number($0.coldAfterLeave) },
            table("… after a node crashed and came back empty under its name") { Self.number($0.coldAfterCrash) },
            table("Look-up, ns") { Self.number($0.lookUpNanoseconds, digits: $0.lookUpNanoseconds < 100 ? 1 : 0) },
            table("Build for a new membership, ms") { Self.number($0.buildMilliseconds) },
        ].joined(separator: "\n")
    }

    private var counts: [Int] { Set(measurements.map(\.nodes)).sorted() }
    private var names: [String] {
        Balancers.all.map(\.name).filter { name in measurements.contains { $0.balancer == name } }
    }

    private func table(_ title: String, _ cell: (Measurement) -> String) -> String {
        var lines = [
            "| \(title) | " + counts.map { "\($0)" }.joined(separator: " | ") + " |",
            "|---|" + String(repeating: "---|", count: counts.count),
        ]
        for name in names {
            let cells = counts.map { count in
                measurements.first { $0.balancer == name && $0.nodes == count }.map(cell) ?? ""
            }
            if cells.contains(where: { !$0.isEmpty }) {
                lines.append("| \(name) | " + cells.joined(separator: " | ") + " |")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func number(_ value: Double?, digits: Int = 2) -> String {
        value.map { String(format: "%.\(digits)f", $0) } ?? ""
    }

    func write(to folder: URL) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        try encoder.encode(self).write(to: folder.appending(path: "simulation.json"))
        try tables.write(to: folder.appending(path: "simulation.md"), atomically: true, encoding: .utf8)
        try writePlots(to: folder)
    }

    private func writePlots(to folder: URL) throws {
        let plots: [(String, LinePlot)] = [
            ("balance", plot("Most requests of one node, by the mean", \.skew)),
            ("hot-document", plot("The same, a third of all requests for one document", \.hotSkew)),
            (
                "moved",
                plot("Documents moved when a node joins, by the ideal") { row in
                    row.joinMoved.map { $0 / row.joinIdeal }
                }
            ),
            (
                "cold",
                plot("Additional cold look-ups in a thousand after a node joined") {
                    $0.coldAfterJoin.map { max($0, 0.01) }
                }
            ),
            ("look-up", plot("Look-up, ns") { $0.lookUpNanoseconds }),
        ]
        for (name, plot) in plots {
            try plot.svg.write(to: folder.appending(path: "\(name).svg"), atomically: true, encoding: .utf8)
        }
    }

    private func plot(_ title: String, _ value: (Measurement) -> Double?) -> LinePlot {
        LinePlot(
            title: title, xTitle: "nodes",
            series: names.compactMap { name in
                let points = measurements.filter { $0.balancer == name }.compactMap { row in
                    value(row).map { (x: Double(row.nodes), y: $0) }
                }
                return points.isEmpty ? nil : LinePlot.Series(name: name, points: points)
            })
    }
}
