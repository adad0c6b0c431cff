// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Cluster

/// How many nodes `serve` runs.
struct AutoscaleOptions: ParsableArguments {
    @Option(help: "Render nodes to begin with, 0 to 64. Default: 2, or what --autoscale needs at least.")
    var nodes: Int?

    @Option(help: "MIN...MAX: run as many nodes as there is work for, within this range.")
    var autoscale: NodeRange?

    // For tests, which cannot wait for minutes: seconds.
    @Option(help: .hidden)
    var autoscaleWindow: Double?

    @Option(help: .hidden)
    var autoscalePatience: Double?

    private var chosenRange: NodeRange? { autoscale ?? Environment.optional("autoscale") }
    private var chosenNodes: Int? { nodes ?? Environment.optional("nodes") }

    private static let mostNodes = 64

    func validate() throws {
        guard chosenNodes.map({ (0...Self.mostNodes).contains($0) }) ?? true else {
            throw ValidationError("--nodes is a number from 0 to \(Self.mostNodes).")
        }
        if let range = chosenRange?.range, let nodes = chosenNodes, !range.contains(nodes) {
            throw ValidationError("--nodes is not within --autoscale.")
        }
    }

    /// Render nodes to begin with.
    var start: Int { chosenNodes ?? chosenRange.map { min(max(2, $0.range.lowerBound), $0.range.upperBound) } ?? 2 }

    /// Nodes at most, as far as it is known.
    var most: Int { chosenRange?.range.upperBound ?? start }

    var controller: AutoscaleController {
        var configuration = AutoscaleController.Configuration()
        if let autoscaleWindow { configuration.window = .seconds(autoscaleWindow) }
        if let autoscalePatience { configuration.patience = .seconds(autoscalePatience) }
        return AutoscaleController(
            range: chosenRange?.range ?? start...start, nodes: start, configuration: configuration)
    }
}
