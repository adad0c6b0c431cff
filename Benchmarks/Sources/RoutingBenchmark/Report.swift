// SPDX-License-Identifier: Apache-2.0

package import Foundation

/// The report for people (one HTML file without anything beside it) and for programs (JSON).
package struct Report {
    let results: Results
    let plan: CellRun.Plan
    let repetitions: Int
    let machine: Machine
    let command: String

    package init(campaign: Campaign, machine: Machine, command: String) {
        results = campaign.results
        plan = campaign.plan
        repetitions = campaign.repetitions
        self.machine = machine
        self.command = command
    }

    package var findings: [Claim.Finding] { Claim.all.map { $0.finding(results) } }

    private struct Row: Encodable {
        var scene: String
        var architecture: String
        var figure: String
        var unit: String
        var interval: Interval
    }

    private struct Everything: Encodable {
        var machine: Machine
        var plan: CellRun.Plan
        var repetitions: Int
        var command: String
        var findings: [Claim.Finding]
        var figures: [Row]
    }

    package var json: Data {
        get throws {
            let rows = results.scenes.flatMap { scene in
                results.present(scene).flatMap { architecture in
                    Figure.all.compactMap { figure in
                        results.interval(figure, scene.name, architecture.name).map {
                            Row(
                                scene: scene.name, architecture: architecture.name, figure: figure.name,
                                unit: figure.unit, interval: $0)
                        }
                    }
                }
            }
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
            return try encoder.encode(
                Everything(
                    machine: machine, plan: plan, repetitions: repetitions, command: command, findings: findings,
                    figures: rows))
        }
    }

    /// A table for the terminal: the figures that decide.
    package var table: String {
        let shown = [
            "Archive opens per document", "Archive bytes per document byte", "Copies of a document in the cluster",
            "Memory per node at the end", "Time to first page, median", "Time to all visible tiles, p95",
            "Processor time of nodes per 1,000 tiles", "Failed requests",
        ]
        return results.scenes.map { scene in
            let architectures = results.present(scene)
            var lines = ["", scene.title]
            for figure in Figure.all where shown.contains(figure.name) {
                let cells = architectures.map { results.interval(figure, scene.name, $0.name)?.text ?? "" }
                lines.append(
                    ([figure.name + (figure.unit.isEmpty ? "" : ", \(figure.unit)")].map { Self.padded($0, 44) }
                        + cells.map { Self.padded($0, 18) }).joined())
            }
            let head = Self.padded("", 44) + architectures.map { Self.padded(String($0.name.prefix(17)), 18) }.joined()
            lines.insert(head, at: 2)
            return lines.joined(separator: "\n")
        }.joined(separator: "\n")
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }
}
