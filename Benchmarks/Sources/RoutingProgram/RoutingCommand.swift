// SPDX-License-Identifier: Apache-2.0

package import ArgumentParser
import Foundation
import LoadDriver
import RoutingBenchmark

/// Sticky against round-robin, and the other ways of building a cluster, on real ones.
package struct RoutingCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "routing", abstract: "Compares ways of routing and of building a cluster.",
        discussion: """
            Runs that have ended are kept in the output folder: the same command goes on where it stopped. Interrupted, it \
            leaves nothing running.
            """)

    @OptionGroup var readers: ReaderOptions
    @OptionGroup var choice: ChoiceOptions

    @Option(help: "The recto to be measured.")
    var program = "../.build/release/recto"

    @Option(help: "The front door of a cluster that is there already, http://HOST:PORT; needs --admin.")
    var router: String?

    @Option(help: "Its admin port, http://HOST:PORT.")
    var admin: String?

    @Option(help: "A file to which the requests of the first repetition are written; nothing is run.")
    var record: String?

    @Option(help: "A file with recorded requests, which are sent in place of planned ones.")
    var replay: String?

    @Option(help: "The folder for report.html, report.json and the runs. Default: one below reports.")
    var output: String?

    package init() {}

    package func validate() throws {
        guard (router == nil) == (admin == nil) else { throw ValidationError("--router and --admin belong together.") }
        guard replay == nil || (choice.chosenRepetitions == 1 && record == nil) else {
            throw ValidationError("--replay sends the same in every repetition: it goes with --repetitions 1.")
        }
        let shaped = try choice.selection(isExisting: router != nil).scenes.filter(\.shapesReaders)
        guard replay == nil || shaped.isEmpty else {
            throw ValidationError(
                "\(shaped.map(\.name).joined(separator: ", ")): who comes when is said by what was recorded.")
        }
    }

    package func run() async throws {
        let folder = output ?? choice.folder(isExisting: router != nil)
        Interruption.endsEverything(removing: folder + "/scratch")
        let machine = Machine(program: program)
        let shapes = try DocumentFolder(path: readers.documents, program: program, cache: ".build/shapes").shapes {
            print("left out: \($0) cannot be shown")
        }
        guard !shapes.isEmpty else { throw ValidationError("There is no document in \(readers.documents).") }
        let recorded = try replay.map { try JSONDecoder().decode(Trace.self, from: Self.contents($0)) }
        let campaign = Campaign(
            plan: try plan(machine), selection: try choice.selection(isExisting: router != nil),
            repetitions: choice.chosenRepetitions, folder: folder, recorded: recorded)
        if let record {
            guard let scene = campaign.selection.scenes.first else { return }
            let trace = campaign.trace(scene, 0, shapes)
            try JSONEncoder().encode(trace).write(to: URL(fileURLWithPath: record), options: .atomic)
            return print("\(trace.requests.count) requests of “\(scene.name)” are in \(record).")
        }
        try campaign.claimFolder()
        try await run(campaign, shapes)
        try write(campaign, machine, folder)
    }

    private static func contents(_ file: String) throws -> Data {
        guard let data = FileManager.default.contents(atPath: file) else {
            throw ValidationError("\(file) cannot be read.")
        }
        return data
    }

    private func plan(_ machine: Machine) throws -> Plan {
        var plan = Plan(folder: readers.documents, program: program, version: machine.version)
        readers.apply(to: &plan, isQuick: choice.quick)
        plan.replayed = try replay.map { try Digest.fnv(Self.contents($0)) }
        (plan.router, plan.admin) = (router, admin)
        return plan
    }

    private func run(_ campaign: Campaign, _ shapes: [DocumentShape]) async throws {
        let clock = ContinuousClock()
        let start = clock.now
        let done = campaign.cells.count - campaign.missing.count
        if done > 0 { Progress.say("\(done) runs are in \(campaign.folder) already; remove it to make them anew") }
        try await campaign.run(shapes: shapes) { cell, place, count in
            let passed = start.duration(to: clock.now) / .seconds(1)
            let left = place == 0 ? "" : ", about \(Progress.time(passed / Double(place) * Double(count - place))) left"
            Progress.say(
                "\(place + 1) of \(count): \(cell.scene), \(cell.architecture), repetition \(cell.repetition + 1)\(left)"
            )
        }
    }

    private func write(_ campaign: Campaign, _ machine: Machine, _ folder: String) throws {
        let report = Report(
            campaign: campaign, machine: machine,
            command: "recto-bench \(CommandLine.arguments.dropFirst().joined(separator: " "))",
            date: Date.now.formatted(.iso8601.year().month().day()))
        try Data(report.html.utf8).write(to: URL(fileURLWithPath: folder + "/report.html"), options: .atomic)
        try report.json.write(to: URL(fileURLWithPath: folder + "/report.json"), options: .atomic)
        print(report.table)
        print("")
        // Single runs of a few seconds tell whether things are counted right, and not what is true.
        for finding in choice.quick ? [] : report.findings {
            print("\(finding.verdict.rawValue): \(finding.claim) \(finding.sentence)")
        }
        for answer in choice.quick ? [] : report.answers { print(answer) }
        let wrong = report.checks.filter { !$0.holds }
        print("\(report.checks.count) things were counted in two ways; \(wrong.count) of them do not agree.")
        for check in wrong { print("  \(check.name): \(check.left) · \(check.right)") }
        print("\nThe report: \(folder)/report.html")
        guard wrong.isEmpty else { throw ExitCode.failure }
    }
}
