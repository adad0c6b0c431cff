// SPDX-License-Identifier: Apache-2.0

/// What all runs gave, by scene and architecture.
package struct Results: Sendable {
    package let architectures: [Architecture]
    package let scenes: [Scene]
    private var figures: [String: [String: [CellFigures]]] = [:]

    init(architectures: [Architecture], scenes: [Scene]) {
        self.architectures = architectures
        self.scenes = scenes
    }

    mutating func add(_ cell: CellFigures, _ place: Campaign.Cell) {
        figures[place.scene, default: [:]][place.architecture, default: []].append(cell)
    }

    package func runs(_ scene: String, _ architecture: String) -> [CellFigures] {
        figures[scene]?[architecture] ?? []
    }

    package func interval(_ figure: Figure, _ scene: String, _ architecture: String) -> Interval? {
        Interval(runs(scene, architecture).compactMap(figure.value))
    }

    package func interval(_ name: String, _ scene: String, _ architecture: String) -> Interval? {
        Figure.all.first { $0.name == name }.flatMap { interval($0, scene, architecture) }
    }

    /// Architectures of which there is a run in the scene.
    package func present(_ scene: Scene) -> [Architecture] {
        architectures.filter { !runs(scene.name, $0.name).isEmpty }
    }
}
