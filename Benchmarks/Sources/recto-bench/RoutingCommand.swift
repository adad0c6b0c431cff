// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import LoadDriver
import RoutingBenchmark

/// Sticky against round-robin, and the other ways of building a cluster, on real ones.
struct RoutingCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "routing", abstract: "Compares ways of routing and of building a cluster.",
        discussion: "Runs that have ended are kept in the output folder: the same command goes on where it stopped.")

    @Option(help: "The folder of documents.")
    var documents: String

    @Option(help: "The recto to be measured.")
    var program = "../.build/release/recto"

    @Flag(help: "Three architectures, two scenes, one repetition: about two minutes, for the invariants only.")
    var quick = false

    @Flag(help: "All architectures and all scenes.")
    var full = false

    @Option(help: "Architectures, separated by commas.")
    var architectures: String?

    @Option(help: "Scenes, separated by commas.")
    var scenes: String?

    @Option var repetitions: Int?
    @Option(help: "Render nodes.") var nodes = 3
    @Option(help: "Pages rendered at a time by each member.") var workers = 1
    @Option(help: "Megabytes of finished tiles that each member keeps.") var tileCache = 64
    @Option(help: "Seconds that readers read in each run.") var seconds: Double?
    @Option(help: "Requests a second.") var rate = 40.0
    @Option(help: "Median seconds that a reader looks at a page.") var think = 4.0
    @Option var seed: UInt64 = 1
    @Option(help: "The folder for report.html, report.json and the runs.") var output = "reports/routing"

    func run() async throws {
        let shapes = try DocumentFolder(path: documents, program: program, cache: ".build/shapes").shapes {
            print("left out: \($0) cannot be shown")
        }
        let campaign = try campaign()
        let clock = ContinuousClock()
        let start = clock.now
        try await campaign.run(shapes: shapes) { cell, place, count in
            let passed = start.duration(to: clock.now) / .seconds(1)
            let left =
                place == 0 ? "" : ", about \(Int(passed / Double(place) * Double(count - place) / 60) + 1) min left"
            print(
                "\(place + 1) of \(count): \(cell.scene), \(cell.architecture), repetition \(cell.repetition + 1)\(left)"
            )
        }
        let report = Report(
            campaign: campaign, machine: Machine(program: program),
            command: "recto-bench \(CommandLine.arguments.dropFirst().joined(separator: " "))")
        try Data(report.html.utf8).write(to: URL(fileURLWithPath: output + "/report.html"), options: .atomic)
        try report.json.write(to: URL(fileURLWithPath: output + "/report.json"), options: .atomic)
        print(report.table)
        print("")
        for finding in report.findings { print("\(finding.verdict.rawValue): \(finding.claim) \(finding.sentence)") }
        print("\nThe report: \(output)/report.html")
    }

    private func campaign() throws -> Campaign {
        let plan = CellRun.Plan(
            folder: documents, program: program, nodes: nodes, workers: workers, tileCache: tileCache,
            seconds: seconds ?? (quick ? 12 : 25), rate: rate, think: think, seed: seed)
        return try Campaign(
            plan: plan,
            architectures: try chosen(
                architectures, full ? Architecture.all.map(\.name) : quick ? Architecture.quick : Architecture.usual,
                Architecture.named),
            scenes: try chosen(
                scenes, full ? Scene.all.map(\.name) : quick ? Scene.quick : Scene.usual, Scene.named),
            repetitions: repetitions ?? (quick ? 1 : 5), folder: output)
    }

    private func chosen<Value>(
        _ text: String?, _ usual: [String], _ named: (String) -> Value?
    ) throws -> [Value] {
        try (text?.split(separator: ",").map(String.init) ?? usual).map { name in
            guard let value = named(name) else { throw ValidationError("There is no “\(name)”.") }
            return value
        }
    }
}
