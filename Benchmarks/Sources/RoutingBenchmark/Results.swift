// SPDX-License-Identifier: Apache-2.0

package import LoadDriver

/// What all runs gave, by scene and architecture.
package struct Results: Sendable {
    package let selection: Selection
    private var figures: [String: [String: [CellFigures]]] = [:]

    package init(_ selection: Selection) { self.selection = selection }

    package mutating func add(_ cell: CellFigures, _ place: Campaign.Cell) {
        figures[place.scene, default: [:]][place.architecture, default: []].append(cell)
    }

    package func runs(_ scene: String, _ architecture: String) -> [CellFigures] {
        figures[scene]?[architecture] ?? []
    }

    package var all: [(scene: String, architecture: String, runs: [CellFigures])] {
        selection.pairs.map { ($0.scene.name, $0.architecture.name, runs($0.scene.name, $0.architecture.name)) }
            .filter { !$0.runs.isEmpty }
    }

    package func interval(_ figure: Figure, _ scene: String, _ architecture: String) -> Interval? {
        Interval(runs(scene, architecture).map(figure.value))
    }

    package func interval(_ name: String, _ scene: String, _ architecture: String) -> Interval? {
        Figure.named(name).flatMap { interval($0, scene, architecture) }
    }

    /// Architectures of which there is a run in the scene.
    package func present(_ scene: Scene) -> [Architecture] {
        selection.architectures.filter { !runs(scene.name, $0.name).isEmpty }
    }

    /// The latencies of all repetitions together.
    package func latencies(
        _ which: KeyPath<CellFigures, LatencyHistogram>, _ scene: String, _ architecture: String
    ) -> LatencyHistogram {
        runs(scene, architecture).reduce(into: LatencyHistogram()) { $0 += $1[keyPath: which] }
    }
}
