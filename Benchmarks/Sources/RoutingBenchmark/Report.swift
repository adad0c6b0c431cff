// SPDX-License-Identifier: Apache-2.0

package import Foundation

/// The report for people (one HTML file without anything beside it) and for programs (JSON).
package struct Report {
    let results: Results
    let plan: Plan
    let repetitions: Int
    let machine: Machine
    let command: String
    let driverProof: DriverProof?
    let workingSet: Int?
    let residentShare: Double?
    /// When it was written, for people.
    let date: String

    package init(campaign: Campaign, machine: Machine, command: String, date: String) {
        results = campaign.results
        plan = campaign.plan
        repetitions = campaign.repetitions
        driverProof = campaign.driverProof
        workingSet = campaign.workingSet
        residentShare = campaign.residentShare
        self.machine = machine
        self.command = command
        self.date = date
    }

    package var findings: [Claim.Finding] { Claim.all.map { $0.finding(results) } }

    /// Every two ways of counting the same, over all runs.
    package var checks: [Check] {
        results.all.flatMap { $0.runs.flatMap(\.checks) }
    }

    private struct Row: Encodable {
        var scene: String
        var architecture: String
        var figure: String
        var unit: String
        var interval: Interval
    }

    private struct Settings: Encodable {
        var architecture: String
        var settings: [String]
    }

    private struct Everything: Encodable {
        var date: String
        var machine: Machine
        var plan: Plan
        var repetitions: Int
        var command: String
        var driver: DriverProof?
        var workingSet: Int?
        var pageCache: Double?
        var checks: [Check]
        var settings: [Settings]
        var layers: [LayerHits]
        var findings: [Claim.Finding]
        var answers: [String]
        var figures: [Row]
    }

    package var json: Data {
        get throws {
            let rows = results.all.flatMap { entry in
                Figure.all.compactMap { figure in
                    results.interval(figure, entry.scene, entry.architecture).map {
                        Row(
                            scene: entry.scene, architecture: entry.architecture, figure: figure.name,
                            unit: figure.unit, interval: $0)
                    }
                }
            }
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
            return try encoder.encode(
                Everything(
                    date: date, machine: machine, plan: plan, repetitions: repetitions, command: command,
                    driver: driverProof, workingSet: workingSet, pageCache: residentShare, checks: checks,
                    settings: results.selection.architectures.map {
                        Settings(architecture: $0.name, settings: $0.settings)
                    }, layers: layerHits, findings: findings,
                    answers: answers, figures: rows))
        }
    }

    /// What the sweeps found.
    package var answers: [String] { results.selection.sweeps.flatMap { $0.answers(results) } }

    /// Figures that decide, for the terminal and for the top of the report.
    static let deciding = [
        "Archive opens per document", "Archive opens per document read to the end",
        "Archive bytes per byte of documents read to the end", "Copies of a document in the cluster",
        "Memory per node at the end", "Time to first page, median", "Time to all visible tiles, p95",
        "Processor time of all per 1,000 tiles", "Failed requests",
    ]

    /// A table for the terminal.
    package var table: String {
        results.selection.scenes.map { scene in
            let architectures = results.present(scene)
            var lines = ["", scene.title]
            lines.append(
                Self.padded("", 52) + architectures.map { Self.padded(String($0.name.prefix(17)), 18) }.joined())
            for figure in Figure.all where Self.deciding.contains(figure.name) {
                let cells = architectures.map { results.interval(figure, scene.name, $0.name)?.text ?? "" }
                let name = figure.name + (figure.unit.isEmpty ? "" : ", \(figure.unit)")
                lines.append(Self.padded(name, 52) + cells.map { Self.padded($0, 18) }.joined())
            }
            return lines.joined(separator: "\n")
        }.joined(separator: "\n")
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }
}
