// SPDX-License-Identifier: Apache-2.0

import Foundation
import LoadDriver
import Testing

@testable import RoutingBenchmark

struct FindingsTests {
    /// Runs of two architectures in the steady state, three of each.
    private static func results(opens: [String: [Int]], waits: [String: Double] = [:], work: [String: Double] = [:])
        throws -> Results
    {
        let scene = try #require(Scene.named("steady"))
        let architectures = try opens.keys.sorted().map { try #require(Architecture.named($0)) }
        var results = Results(Selection([scene], architectures))
        for (name, counts) in opens {
            for (repetition, count) in counts.enumerated() {
                var cell = CellFigures()
                cell.documents = 10
                cell.archive = CountingOrigin.Account(opens: count, reads: count, bytes: count, stats: 0)
                cell.readToEnd = CellFigures.ReadToEnd(documents: 10, size: 10, archive: cell.archive ?? .init())
                cell.holdings = CellFigures.Holdings(byNodes: count, byPortals: 0, nodes: 3)
                cell.tiles = 1000
                cell.usage = work[name].map { CellFigures.Usage(seconds: ["node": $0]) }
                cell.allTiles = LatencyHistogram([waits[name] ?? 0.1])
                results.add(
                    cell, Campaign.Cell(architecture: name, scene: scene.name, repetition: repetition))
            }
        }
        return results
    }

    private static func finding(_ results: Results, _ start: String) throws -> Claim.Finding {
        try #require(Claim.all.map { $0.finding(results) }.first { $0.claim.hasPrefix(start) })
    }

    @Test("every server has loaded the document where each of three nodes opened it, and not where two thirds did")
    func everyServer() throws {
        let all = try Self.results(opens: ["whole-round-robin": [40, 41, 40], "document": [10, 10, 10]])
        #expect(try Self.finding(all, "With round-robin every server ends").verdict == .holds)
        let some = try Self.results(opens: ["whole-round-robin": [20, 21, 20], "document": [10, 10, 10]])
        #expect(try Self.finding(some, "With round-robin every server ends").verdict == .fails)
    }

    @Test("what cannot be told apart is within noise, and what was not measured is said to be so")
    func noise() throws {
        let results = try Self.results(opens: ["round-robin": [10, 30, 20], "document": [11, 29, 21]])
        let copies = try Self.finding(results, "With round-robin every server holds")
        #expect(copies.verdict == .noise && copies.sentence.contains("within noise"))
        #expect(try Self.finding(results, "A stateless backend").verdict == .open)
    }

    @Test("a stateless backend is out of reach where it takes more than twice as long")
    func stateless() throws {
        let opens = ["no-cache": [10, 10, 10], "document": [10, 10, 10]]
        let far = try Self.results(opens: opens, waits: ["no-cache": 0.5])
        #expect(try Self.finding(far, "A stateless backend").verdict == .holds)
        let near = try Self.results(opens: opens, waits: ["no-cache": 0.15])
        #expect(try Self.finding(near, "A stateless backend").verdict == .fails)
    }

    @Test("the portal reads the archive twice only where documents are opened twice")
    func twice() throws {
        let once = try Self.results(opens: ["document": [10, 10, 11]])
        #expect(try Self.finding(once, "A portal beside rendering servers has").verdict == .fails)
        let twice = try Self.results(opens: ["document": [20, 21, 20]])
        #expect(try Self.finding(twice, "A portal beside rendering servers has").verdict == .holds)
    }

    @Test("what a shared cache costs is told by clusters that differ in nothing else")
    func shared() throws {
        let claim = "A distributed cache of documents costs"
        let opens = ["shared-document": [10, 10], "document": [10, 10]]
        #expect(try Self.finding(try Self.results(opens: opens), claim).verdict == .open)
        let comparable = ["shared-document": [10, 10], "whole-round-robin": [40, 40]]
        let work = ["shared-document": 9.0, "whole-round-robin": 7.0]
        #expect(try Self.finding(try Self.results(opens: comparable, work: work), claim).verdict == .holds)
    }

    @Test("an architecture is the fastest where all others are slower by more than noise")
    func fastest() throws {
        let opens = ["round-robin": [10, 10], "document": [10, 10]]
        let claim = "Affinity is the fastest"
        #expect(try Self.finding(try Self.results(opens: opens, waits: ["round-robin": 0.2]), claim).verdict == .holds)
        #expect(try Self.finding(try Self.results(opens: opens, waits: ["document": 0.2]), claim).verdict == .fails)
        #expect(try Self.finding(try Self.results(opens: opens), claim).verdict == .noise)
        // Faster than one of them only.
        let three = ["round-robin": [10, 10], "no-cache": [10, 10], "document": [10, 10]]
        let some = try Self.finding(try Self.results(opens: three, waits: ["no-cache": 0.2]), claim)
        #expect(some.verdict == .noise)
        #expect(some.sentence.hasSuffix("what sets it apart from round-robin is within noise."))
    }

    /// Three runs at each step of a sweep; copies as they are said to be.
    private static func results(_ name: String, _ copies: (String, Double) -> Int) throws -> Results {
        var selection = Selection()
        let sweep = try #require(Sweep.named(name))
        selection.add(sweep)
        var results = Results(selection)
        for point in sweep.points {
            for architecture in sweep.architectures {
                for repetition in 0..<3 {
                    var cell = CellFigures()
                    cell.documents = 10
                    cell.archive = CountingOrigin.Account(opens: 10, reads: 10, bytes: 10, stats: 0)
                    cell.holdings = CellFigures.Holdings(
                        byNodes: copies(architecture, point.value ?? 1), byPortals: 0, nodes: 3)
                    cell.firstPage = LatencyHistogram([architecture == "no-preview" ? 0.2 : 0.01])
                    results.add(
                        cell, Campaign.Cell(architecture: architecture, scene: point.scene.name, repetition: repetition)
                    )
                }
            }
        }
        return results
    }

    @Test("a sweep says how its figures go along the axis, and where two are apart")
    func course() throws {
        let results = try Self.results("nodes") { $0 == "document" ? 10 : Int($1) * 10 }
        let answers = try #require(Sweep.named("nodes")).answers(results)
        let copies = try #require(
            answers.first { $0.hasPrefix("Copies of a document in the cluster, nodes from 1 to 8") })
        #expect(copies.contains("1 ± 0 to 8 ± 0 with round-robin;"))
        #expect(copies.contains("1 ± 0 to 1 ± 0 with one document"))
        #expect(copies.hasSuffix("are apart by more than noise at 2, 3, 5, 8."))
        let opens = try #require(answers.first { $0.hasPrefix("Archive opens per document") })
        #expect(opens.hasSuffix("cannot be told apart anywhere."))
        // What is claimed is asked of the usual number of nodes, of which one alone says nothing.
        let held = try Self.finding(results, "With round-robin every server holds")
        #expect(held.verdict == .holds && held.sentence.hasPrefix("3 nodes: "))
    }

    @Test("a sweep over things in no order says of each in what they are apart")
    func differences() throws {
        let answers = try #require(Sweep.named("first-page")).answers(try Self.results("first-page") { _, _ in 10 })
        #expect(answers.count { $0.contains("without preview") && $0.contains("19.8 times") } >= 2, "\(answers)")
        #expect(answers.contains { $0.hasPrefix("An archive at hand: time to first page, median") })
        #expect(answers.contains { $0.hasPrefix("An archive 30 ms away: time to first page, median") })
        #expect(!answers.contains { $0.contains("archive opens per document") })
    }

    @Test("counts agree within the tolerance and not beyond it")
    func checks() {
        #expect(Check(name: "", left: 10, right: 10).holds)
        #expect(!Check(name: "", left: 10, right: 11).holds)
        #expect(Check(name: "", left: 100, right: 95, tolerance: 0.05).holds)
    }

    @Test("a campaign goes on where it stopped, and refuses the runs of another plan")
    func resumes() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "campaign-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let plan = Plan(folder: "documents", program: "recto", version: "1")
        let selection = Selection([try #require(Scene.named("steady"))], [try #require(Architecture.named("document"))])
        let campaign = Campaign(plan: plan, selection: selection, repetitions: 3, folder: folder)
        #expect(!FileManager.default.fileExists(atPath: folder))
        try campaign.claimFolder()
        #expect(campaign.missing.count == 3)
        try JSONEncoder().encode(CellFigures()).write(
            to: URL(fileURLWithPath: folder + "/steady-document-1.json"))
        #expect(campaign.missing.map(\.repetition) == [0, 2])
        var other = plan
        other.seed = 2
        #expect(throws: ServedCluster.Failure.self) {
            try Campaign(plan: other, selection: selection, repetitions: 3, folder: folder).claimFolder()
        }
    }

    @Test("the report escapes what it is told, and names every scene, claim and figure")
    func report() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "report-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let selection = Selection([try #require(Scene.named("steady"))], [try #require(Architecture.named("document"))])
        let campaign = Campaign(
            plan: Plan(folder: ".", program: "recto", version: "1"), selection: selection, repetitions: 1,
            folder: folder)
        try campaign.claimFolder()
        var cell = CellFigures()
        cell.documents = 1
        cell.checks = [Check(name: "a < b", left: 1, right: 1)]
        try JSONEncoder().encode(cell).write(to: URL(fileURLWithPath: folder + "/steady-document-0.json"))
        let report = Report(
            campaign: campaign, machine: Machine(program: "/nowhere"), command: "<script>", date: "today")
        let html = report.html
        #expect(!html.contains("<script") && html.contains("&lt;script&gt;") && html.contains("a &lt; b"))
        for text in Claim.all.map(\.text) + Figure.all.map(\.name) + [try #require(Scene.named("steady")).title] {
            #expect(html.contains(HTML.escaped(text)))
        }
    }
}
