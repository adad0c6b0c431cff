// SPDX-License-Identifier: Apache-2.0

import Foundation
package import LoadDriver

/// All runs of a comparison, kept in a folder as they end: one that was interrupted goes on where it stopped.
package struct Campaign {
    /// One run.
    package struct Cell: Sendable, Codable, Hashable {
        package var architecture: String
        package var scene: String
        package var repetition: Int

        var file: String { "\(scene)-\(architecture)-\(repetition).json" }
    }

    package let plan: CellRun.Plan
    package let architectures: [Architecture]
    package let scenes: [Scene]
    package let repetitions: Int
    private let folder: String

    /// - Parameter folder: for what came of each run.
    /// - Throws: where the folder has runs of another plan.
    package init(
        plan: CellRun.Plan, architectures: [Architecture], scenes: [Scene], repetitions: Int, folder: String
    ) throws {
        self.plan = plan
        self.architectures = architectures
        self.scenes = scenes
        self.repetitions = repetitions
        self.folder = folder
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let file = folder + "/plan.json"
        if let known = FileManager.default.contents(atPath: file) {
            guard try JSONDecoder().decode(CellRun.Plan.self, from: known) == plan else {
                throw ServedCluster.Failure("\(folder) has runs of another plan: name another folder, or remove it")
            }
        } else {
            try JSONEncoder().encode(plan).write(to: URL(fileURLWithPath: file), options: .atomic)
        }
    }

    /// Repetitions outside, so that a machine that changes its mood does it to all architectures.
    package var cells: [Cell] {
        (0..<repetitions).flatMap { repetition in
            scenes.flatMap { scene in
                architectures.map {
                    Cell(architecture: $0.name, scene: scene.name, repetition: repetition)
                }
            }
        }
    }

    /// - Parameter progress: called before each run with its number and how many there are.
    package func run(shapes: [DocumentShape], progress: (Cell, Int, Int) -> Void) async throws {
        let cells = cells
        for (place, cell) in cells.enumerated() where figures(of: cell) == nil {
            progress(cell, place, cells.count)
            guard let architecture = architectures.first(where: { $0.name == cell.architecture }),
                let scene = scenes.first(where: { $0.name == cell.scene })
            else { continue }
            let figures = try await CellRun(plan: plan, architecture: architecture, scene: scene, shapes: shapes)
                .run(repetition: cell.repetition)
            let data = try JSONEncoder().encode(figures)
            try data.write(to: URL(fileURLWithPath: folder + "/" + cell.file), options: .atomic)
        }
    }

    private func figures(of cell: Cell) -> CellFigures? {
        FileManager.default.contents(atPath: folder + "/" + cell.file)
            .flatMap { try? JSONDecoder().decode(CellFigures.self, from: $0) }
    }

    package var results: Results {
        var results = Results(architectures: architectures, scenes: scenes)
        for cell in cells {
            if let figures = figures(of: cell) { results.add(figures, cell) }
        }
        return results
    }
}
