// SPDX-License-Identifier: Apache-2.0

import Foundation
package import LoadDriver

/// All runs of a comparison, kept in a folder as they end: one that was interrupted goes on where it stopped.
package struct Campaign: Sendable {
    /// One run.
    package struct Cell: Sendable, Codable, Hashable {
        package var architecture: String
        package var scene: String
        package var repetition: Int

        var file: String { "\(scene)-\(architecture)-\(repetition).json" }
    }

    package let plan: Plan
    package let selection: Selection
    package let repetitions: Int
    package let folder: String
    /// In place of planned readers.
    private let recorded: Trace?

    /// - Parameter folder: for what came of each run. Nothing is written there before `claimFolder`.
    package init(plan: Plan, selection: Selection, repetitions: Int, folder: String, recorded: Trace? = nil) {
        self.plan = plan
        self.selection = selection
        self.repetitions = repetitions
        self.folder = folder
        self.recorded = recorded
    }

    /// Has the folder belong to this plan. To be called before anything is run.
    /// - Throws: where it has runs of another plan.
    package func claimFolder() throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let file = folder + "/plan.json"
        if let known = FileManager.default.contents(atPath: file) {
            guard try JSONDecoder().decode(Plan.self, from: known) == plan else {
                throw ServedCluster.Failure("\(folder) has runs of another plan: name another folder, or remove it")
            }
        } else {
            try JSONEncoder().encode(plan).write(to: URL(fileURLWithPath: file), options: .atomic)
        }
    }

    /// Repetitions outside, so that a machine that changes its mood does it to all architectures.
    package var cells: [Cell] {
        (0..<repetitions).flatMap { repetition in
            selection.pairs.map {
                Cell(architecture: $0.architecture.name, scene: $0.scene.name, repetition: repetition)
            }
        }
    }

    /// What is still to be run.
    package var missing: [Cell] { cells.filter { figures(of: $0) == nil } }

    /// - Parameter progress: called before each run with its number and how many there are.
    package func run(shapes: [DocumentShape], progress: (Cell, Int, Int) -> Void) async throws {
        let todo = missing
        if !todo.isEmpty { try await prepare(shapes) }
        for (place, cell) in todo.enumerated() {
            progress(cell, place, todo.count)
            let (figures, _) = try await self.run(cell, shapes)
            try write(figures, cell.file)
        }
    }

    private func run(_ cell: Cell, _ shapes: [DocumentShape]) async throws -> (figures: CellFigures, samples: [Sample])
    {
        guard let architecture = Architecture.named(cell.architecture), let scene = selection.scene(cell.scene) else {
            throw ServedCluster.Failure("there is no \(cell.architecture) or no \(cell.scene)")
        }
        let plan = adjusted(scene)
        let trace = trace(scene, cell.repetition, shapes)
        guard !trace.requests.isEmpty || plan.rate == 0 else {
            throw ServedCluster.Failure(
                "no reader comes in \(plan.seconds) s at \(plan.rate) requests a second: ask for more of one or the other"
            )
        }
        return try await CellRun(
            plan: plan, architecture: architecture, scene: scene, trace: trace,
            tileCache: tileCache(plan), scratch: folder + "/scratch"
        ).run()
    }

    private func adjusted(_ scene: Scene) -> Plan {
        var plan = plan
        scene.adjust(&plan)
        if let recorded { plan.seconds = recorded.duration + 1 }
        return plan
    }

    /// The same for every architecture; each repetition has readers of its own.
    package func trace(_ scene: Scene, _ repetition: Int, _ shapes: [DocumentShape]) -> Trace {
        let plan = adjusted(scene)
        guard plan.rate > 0 else { return Trace(seed: plan.seed, documents: shapes, requests: []) }
        if let recorded { return recorded }
        var readers = ReaderPlan()
        readers.think = plan.think
        readers.flipperShare = plan.flippers
        readers.returnShare = plan.returns
        let trace = Trace.planned(
            documents: shapes, seed: plan.seed &+ UInt64(repetition), duration: plan.seconds, rate: plan.rate,
            plan: readers, exponent: plan.exponent, hotShare: scene.hotShare,
            curve: scene.isDay ? DayCurve.share : { _ in 1 })
        return scene.isRush ? trace.rushed() : trace
    }

    // MARK: What is found out before the first run

    private static let (proofFile, censusFile, pageCacheFile) = ("driver.json", "working-set.json", "page-cache.json")

    private func prepare(_ shapes: [DocumentShape]) async throws {
        PageCache.fill(plan.folder)
        try write(PageCache.resident(plan.folder), Self.pageCacheFile)
        let steady = Scene(name: "driver", title: "")
        if driverProof == nil, StaticServer.isInstalled {
            let proof = try await DriverProof.measure(
                trace(steady, 0, shapes), factor: 5, folder: folder + "/scratch")
            try write(proof, Self.proofFile)
        }
        let wantsCensus = selection.scenes.contains { adjusted($0).tileCacheShare != nil }
        if wantsCensus, workingSet == nil { try write(try await census(shapes), Self.censusFile) }
    }

    package var driverProof: DriverProof? { read(Self.proofFile) }

    /// Bytes of all tiles that readers of the first repetition ask for.
    package var workingSet: Int? { read(Self.censusFile) }

    /// The part of the documents that the kernel had in memory when runs were last begun.
    package var residentShare: Double? { read(Self.pageCacheFile) }

    private func census(_ shapes: [DocumentShape]) async throws -> Int {
        let scene = Scene(name: "census", title: "")
        guard let architecture = Architecture.named("document") else { return 0 }
        let trace = trace(scene, 0, shapes)
        let (_, samples) = try await CellRun(
            plan: plan, architecture: architecture, scene: scene, trace: trace, tileCache: 512,
            scratch: folder + "/scratch"
        ).run()
        let tiles = samples.filter { !$0.isFailure && trace.requests[$0.request].kind == .tile }
        return Dictionary(tiles.map { (trace.requests[$0.request].path, $0.bytes) }, uniquingKeysWith: max)
            .values.reduce(0, +)
    }

    private func tileCache(_ plan: Plan) -> Int {
        guard let share = plan.tileCacheShare, let workingSet else { return plan.tileCache }
        return max(1, Int((share * Double(workingSet) / 1_048_576).rounded()))
    }

    // MARK: Files

    private func write(_ value: some Encodable, _ name: String) throws {
        try JSONEncoder().encode(value).write(to: URL(fileURLWithPath: "\(folder)/\(name)"), options: .atomic)
    }

    private func read<Value: Decodable>(_ name: String) -> Value? {
        FileManager.default.contents(atPath: "\(folder)/\(name)")
            .flatMap { try? JSONDecoder().decode(Value.self, from: $0) }
    }

    private func figures(of cell: Cell) -> CellFigures? { read(cell.file) }

    package var results: Results {
        var results = Results(selection)
        for cell in cells {
            if let figures = figures(of: cell) { results.add(figures, cell) }
        }
        return results
    }
}
