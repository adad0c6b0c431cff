// SPDX-License-Identifier: Apache-2.0

/// Which architectures are tried in which scenes.
package struct Selection: Sendable {
    package var pairs: [(scene: Scene, architecture: Architecture)] = []
    package var sweeps: [Sweep] = []

    package init() {}

    /// Every architecture in every scene.
    package init(_ scenes: [Scene], _ architectures: [Architecture]) {
        pairs = scenes.flatMap { scene in architectures.map { (scene, $0) } }
    }

    package mutating func add(_ scene: Scene, _ architecture: Architecture) {
        guard !pairs.contains(where: { $0.scene.name == scene.name && $0.architecture.name == architecture.name })
        else { return }
        pairs.append((scene, architecture))
    }

    package mutating func add(_ sweep: Sweep) {
        sweeps.append(sweep)
        for point in sweep.points {
            for name in sweep.architectures {
                if let architecture = Architecture.named(name) { add(point.scene, architecture) }
            }
        }
    }

    /// In the order in which they are tried, each once.
    package var scenes: [Scene] { unique(pairs.map(\.scene)) { $0.name } }
    package var architectures: [Architecture] { unique(pairs.map(\.architecture)) { $0.name } }

    /// The same, those first that have the usual number of nodes: of one alone there is little to be said.
    package var usualFirst: [Scene] { scenes.filter(\.hasUsualNodes) + scenes.filter { !$0.hasUsualNodes } }

    /// Those that are no points of sweeps.
    package var ownScenes: [Scene] {
        let points = Set(sweeps.flatMap { $0.points.map(\.scene.name) })
        return scenes.filter { !points.contains($0.name) }
    }

    package func scene(_ name: String) -> Scene? { pairs.first { $0.scene.name == name }?.scene }

    private func unique<Value>(_ values: [Value], _ name: (Value) -> String) -> [Value] {
        var seen = Set<String>()
        return values.filter { seen.insert(name($0)).inserted }
    }
}
