// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import LargeDocuments
import Testing

/// The routing benchmark itself, in its smallest size: what must hold on any machine.
@Suite(.serialized)
struct RoutingBenchmarkTests {
    private struct Report: Decodable {
        struct Interval: Decodable { var mean: Double }
        struct Row: Decodable {
            var scene: String
            var architecture: String
            var figure: String
            var interval: Interval
        }
        struct Check: Decodable {
            var name: String
            var left: Double
            var right: Double
        }
        var figures: [Row]
        var checks: [Check]

        func figure(_ name: String, _ scene: String, _ architecture: String) throws -> Double {
            try #require(
                figures.first { $0.figure == name && $0.scene == scene && $0.architecture == architecture }
            ).interval.mean
        }
    }

    /// Documents of several pages with some tiles each, so that readers who flip through them ask every node.
    private static func library() throws -> Library {
        let library = try Library()
        for name in [
            "books/east-asian-pages.pdf", "scans/mixed-pages.pdf", "scans/siege-of-vicksburg.pdf", "scans/fax.tif",
        ] {
            try FileManager.default.copyItem(
                atPath: "\(Programs.repository)/Samples/\(name)",
                toPath: "\(library.path)/\((name as NSString).lastPathComponent)")
        }
        // Large enough to be read in ranges.
        LargePDF("\(library.path)/large.pdf", pages: 5)
        return library
    }

    private static func arguments(_ library: Library, _ output: String) -> [String] {
        [
            "routing", "--quick", "--nodes", "2", "--documents", library.path, "--program",
            "\(Programs.folder)/recto", "--output", output, "--seconds", "8", "--rate", "20", "--flippers", "1",
            // On a busy machine a member may take long to answer another one, which would go to the archive then.
            "--member-options", "--peer-deadline 10000",
        ]
    }

    @Test(
        "the invariants hold: opens by architecture, no failed request, sums that add up, a report that a browser shows"
    )
    func quick() async throws {
        let (library, output) = (try Self.library(), try Library())
        let outcome = try Programs.run(Self.arguments(library, output.path), program: "recto-bench-routing")
        #expect(outcome.status == 0, "\(outcome.error)")
        let report = try JSONDecoder().decode(
            Report.self, from: Data(contentsOf: URL(fileURLWithPath: output.path + "/report.json")))

        let opens = "Archive opens per document read to the end"
        let whole = try report.figure(opens, "steady", "whole-round-robin")
        #expect((2.85...3.15).contains(whole), "two nodes and the portal: \(whole)")
        #expect(try report.figure(opens, "steady", "document") == 1)
        let bytes = try report.figure("Archive bytes per byte of documents read to the end", "steady", "document")
        #expect(bytes <= 1.15)
        for architecture in ["whole-round-robin", "session-cookie", "document"] {
            for scene in ["steady", "scaling"] {
                #expect(try report.figure("Failed requests", scene, architecture) == 0)
            }
        }
        // Whoever was not asked cannot disagree: each cluster has what it can have.
        let names = Dictionary(grouping: report.checks, by: \.name).mapValues(\.count)
        for (name, least) in [
            ("Requests planned · answered or failed", 6), ("Tiles answered · by any named member", 6),
            // Not of runs in which a reader had to send something twice.
            ("Bytes that the archive sent · that members fetched", 1),
            ("Requests of readers · that the router counted", 1),
        ] {
            #expect(names[name] ?? 0 >= least, "\(name)")
        }
        for check in report.checks { #expect(check.left == check.right, "\(check.name)") }
        try await shown(output.path + "/report.html")

        // What is there is not run again.
        try FileManager.default.removeItem(atPath: output.path + "/scaling-document-0.json")
        let again = try Programs.run(Self.arguments(library, output.path), program: "recto-bench-routing")
        #expect(again.status == 0 && again.error.contains("5 runs are in"), "\(again.error)")
        #expect(again.error.contains("1 of 1: scaling, document, repetition 1"))
    }

    private func shown(_ file: String) async throws {
        for width in [390, 1280] {
            let browser = try await Browser(width: width, height: 900)
            try await browser.open("file://\(file)")
            #expect(try await browser.value("document.querySelectorAll('svg').length", as: Int.self) ?? 0 >= 10)
            #expect(try await browser.value("document.querySelectorAll('.findings li').length", as: Int.self) ?? 0 > 5)
            // Wide tables scroll by themselves, the page does not.
            #expect(
                try await browser.value(
                    "document.documentElement.scrollWidth <= window.innerWidth", as: Bool.self) == true)
            // What is folded on a screen can be read on paper, and who prefers dark colours has them.
            let folded = "[...document.querySelectorAll('details:not([open])')].map(one => one.lastElementChild)"
            let ways = [("screen", "light", false), ("print", "light", true), ("screen", "dark", false)]
            for (medium, colors, shows) in ways {
                try await browser.show(on: medium, colors: colors)
                #expect(
                    try await browser.value("\(folded).map(one => one.checkVisibility())", as: [Bool].self)
                        .map { !$0.isEmpty && $0.allSatisfy { $0 == shows } } == true, "on \(medium)")
                let corner = try await browser.screenshot().pixel(2, 2)
                #expect((corner & 0xFF < 0x80) == (colors == "dark"), "on \(medium), \(colors)")
            }
            #expect(try await browser.complaints() == [])
            try await browser.close()
        }
    }

    @Test("interrupted it leaves nothing running, even killed, and can be gone on with", arguments: [SIGINT, SIGKILL])
    func interrupted(signal: Int32) async throws {
        let (library, output) = (try Self.library(), try Library())
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "\(Programs.folder)/recto-bench-routing")
        process.arguments = Self.arguments(library, output.path)
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        let own = process.processIdentifier
        let started = try await Self.cluster(below: own)
        #expect(started.count >= 4)
        kill(own, signal)
        process.waitUntilExit()
        #expect(process.terminationStatus == (signal == SIGINT ? 130 : signal))
        let left = await eventually(started.filter(RunningCluster.isRunning)) { $0.isEmpty }
        #expect(left.isEmpty, "\(left.map(RunningCluster.command))")
        #expect(signal != SIGINT || !FileManager.default.fileExists(atPath: output.path + "/scratch"))
        #expect(FileManager.default.fileExists(atPath: output.path + "/plan.json"))
    }

    /// The processes below one, as soon as there is a node with a worker among them.
    private static func cluster(below process: Int32) async throws -> [Int32] {
        for _ in 0..<600 {
            let all = RunningCluster.descendants(of: process)
            let nodes = all.filter { RunningCluster.command($0).contains(" node ") }
            if nodes.contains(where: { !RunningCluster.descendants(of: $0).isEmpty }) { return all }
            try await Task.sleep(for: .milliseconds(100))
        }
        Issue.record("no node was started within a minute")
        return []
    }
}
