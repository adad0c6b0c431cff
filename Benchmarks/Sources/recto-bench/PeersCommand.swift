// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import LoadDriver
import PeerBenchmark
import RoutingBenchmark

/// Recto beside what a user would take instead.
struct PeersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "peers", abstract: "Compares Recto with other servers of tiles.",
        discussion: """
            A tile server on pypdfium2 behind uvicorn, HAProxy in front of our nodes, nginx with finished tiles, and \
            iipsrv for pyramid TIFF, with the same readers on the same documents. scripts/bootstrap bench installs them.
            """)

    @Option(help: "The folder of documents.")
    var documents: String

    @Option(help: "More folders with pictures, separated by colons, for the comparison with iipsrv.")
    var pictures = ""

    @Option(help: "The recto to be measured.")
    var program = "../.build/release/recto"

    @Option(help: "The Python of the tile server.")
    var python = "../.tools/bench/bin/python"

    @Option(help: "The tile server.")
    var tileServer = "peers/tile_server.py"

    @Flag(help: "One repetition of shorter runs: about a minute and a half.")
    var quick = false

    @Option(help: "Servers beside ours, separated by commas. Default: all.") var peers: String?
    @Option var repetitions: Int?
    @Option(help: "Seconds that readers read in each run.") var seconds: Double?
    @Option(help: "Tiles a second where each is rendered.") var rate = 60.0
    @Option(help: "By how much faster tiles are asked for that were rendered before.") var replays = 25
    @Option var seed: UInt64 = 1
    @Option(help: "The folder for peers.json and peers.md.") var output = "reports/peers"

    func run() async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/recto-peers-\(getpid())"
        let interruption = Interruption(folder: folder)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let campaign = try await campaign(folder)
        let clock = ContinuousClock()
        let start = clock.now
        let figures = try await campaign.run { cell, place, count in
            let passed = start.duration(to: clock.now) / .seconds(1)
            let left = place == 0 ? "" : ", about \(Int(passed / Double(place) * Double(count - place))) s left"
            print("\(place + 1) of \(count): \(cell.peer.title), tile cache \(cell.cache.rawValue)\(left)")
            fflush(nil)
        }
        try write(
            PeerReport(
                plan: campaign.plan, figures: figures, machine: Machine(program: program),
                command: "recto-bench \(CommandLine.arguments.dropFirst().joined(separator: " "))"))
        withExtendedLifetime(interruption) {}
    }

    private func campaign(_ folder: String) async throws -> PeerCampaign {
        let plan = PeerPlan(
            program: program, documents: absolute(documents), pyramids: absolute(".build/pyramids"),
            python: absolute(python), tileServer: absolute(tileServer), seconds: seconds ?? (quick ? 4 : 6),
            rate: rate, replays: replays, repetitions: repetitions ?? (quick ? 1 : 4), seed: seed)
        let pyramids = Pyramids(folder: plan.pyramids)
        try pyramids.make(from: [plan.documents] + pictures.split(separator: ":").map(String.init))
        let pdf = try DocumentFolder(path: plan.documents, program: program, cache: ".build/shapes")
            .shapes { print("left out: \($0) cannot be shown") }
            .filter { $0.path.lowercased().hasSuffix(".pdf") }
        guard !pdf.isEmpty else { throw ValidationError("There are no PDF documents in \(documents).") }
        let shapes: [PeerWorkload: [DocumentShape]] = [
            .pdf: pdf, .tiff: try pyramids.shapes(program: program, cache: ".build/shapes"),
        ]
        print(shapes.map { "\($0.key.rawValue): \($0.value.count) documents" }.sorted().joined(separator: ", "))
        return PeerCampaign(
            plan: plan, peers: try chosen(), shapes: shapes,
            versions: [
                .pdf: try await DocumentVersions.take(of: pdf, in: plan.documents, program: program),
                .tiff: try await DocumentVersions.take(
                    of: shapes[.tiff] ?? [], in: plan.pyramids, program: program),
            ], folder: folder)
    }

    private func chosen() throws -> [Peer] {
        guard let names = peers?.split(separator: ",").map(String.init) else { return Peer.all }
        for name in names where !Peer.all.contains(where: { $0.name == name }) {
            throw ValidationError(
                "There is no “\(name)”, but \(Set(Peer.all.map(\.name)).sorted().joined(separator: ", ")).")
        }
        let workloads = Set(Peer.all.filter { names.contains($0.name) }.map(\.workload))
        return Peer.all.filter { names.contains($0.name) || Peer.isOurs($0.name) && workloads.contains($0.workload) }
    }

    private func absolute(_ path: String) -> String { URL(fileURLWithPath: path).standardizedFileURL.path }

    private func write(_ report: PeerReport) throws {
        try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
        try report.json.write(to: URL(fileURLWithPath: output + "/peers.json"), options: .atomic)
        try Data(report.markdown.utf8).write(to: URL(fileURLWithPath: output + "/peers.md"), options: .atomic)
        print(report.table)
        print("\nThe figures: \(output)/peers.json, and as a text for docs/performance.md \(output)/peers.md")
    }
}
