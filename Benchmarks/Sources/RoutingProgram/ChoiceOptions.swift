// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import RoutingBenchmark

/// Which architectures are tried in which scenes, and how often.
struct ChoiceOptions: ParsableArguments {
    @Flag(help: "Three architectures, two scenes, one repetition: two minutes, for the invariants only.")
    var quick = false

    @Flag(help: "All architectures in all scenes, and all sweeps: four to five hours.")
    var full = false

    @Option(help: "Architectures, separated by commas: \(Architecture.all.map(\.name).joined(separator: ", ")).")
    var architectures: String?

    @Option(help: "Scenes, separated by commas: \(Scene.all.map(\.name).joined(separator: ", ")).")
    var scenes: String?

    @Option(help: "Sweeps, separated by commas, or all: \(Sweep.all.map(\.name).joined(separator: ", ")).")
    var sweeps: String?

    @Option(help: "Default: 5, with --quick 1.")
    var repetitions: Int?

    func validate() throws {
        guard !quick || !full else { throw ValidationError("--quick and --full do not go together.") }
        guard (1...1000).contains(chosenRepetitions) else { throw ValidationError("--repetitions is from 1 to 1000.") }
        _ = try selection(isExisting: false)
    }

    var chosenRepetitions: Int { repetitions ?? (quick ? 1 : 5) }

    /// A plan of its own for each kind of comparison.
    func folder(isExisting: Bool) -> String {
        let kind = isExisting ? "-existing" : quick ? "-quick" : full ? "-full" : sweeps != nil ? "-sweeps" : ""
        return "reports/routing" + kind
    }

    func selection(isExisting: Bool) throws -> Selection {
        if isExisting { return try existing() }
        var selection = try grid()
        for sweep in try chosenSweeps() { selection.add(sweep) }
        return selection
    }

    private func existing() throws -> Selection {
        let chosen = try chosen(scenes, ["steady"], Scene.named)
        guard chosen.allSatisfy({ $0.happening == .nothing && $0.name != "slow-archive" }), sweeps == nil else {
            throw ValidationError("A cluster that is there already can only be read from: no events, no sweeps.")
        }
        return Selection(chosen, Architecture.named("existing").map { [$0] } ?? [])
    }

    private func grid() throws -> Selection {
        // Who names sweeps wants these, and scenes only where they are named too.
        if sweeps != nil, scenes == nil, !full { return Selection() }
        let names = full ? Architecture.full : quick ? Architecture.quick : Architecture.usual
        var selection = Selection(
            try chosen(scenes, full ? Scene.all.map(\.name) : quick ? Scene.quick : Scene.usual, Scene.named),
            try chosen(architectures, names, Architecture.named))
        guard architectures == nil, !full, !quick else { return selection }
        for (name, architectures) in Architecture.usualOnce {
            // Who names scenes wants no others.
            guard let scene = scenes == nil ? Scene.named(name) : selection.scene(name) else { continue }
            for architecture in architectures.compactMap(Architecture.named) { selection.add(scene, architecture) }
        }
        return selection
    }

    private func chosenSweeps() throws -> [Sweep] {
        let names = sweeps == "all" || (sweeps == nil && full) ? Sweep.all.map(\.name) : []
        return try chosen(names.isEmpty ? sweeps : nil, names, Sweep.named)
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
