// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation

/// Compares ways to choose a node, without sockets.
struct SimulateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate", abstract: "Compares our policies with ring hash, Maglev and others, without sockets.")

    @Option(parsing: .upToNextOption, help: "Numbers of nodes.")
    var nodes: [Int] = [2, 3, 8, 32, 100, 1000]

    @Option(help: "Documents, at least 20000.")
    var documents = 1_000_000

    @Option(help: "The exponent of Zipf's law.")
    var exponent = 0.9

    @Option(help: "Requests of one run.")
    var requests = 300_000

    @Option(help: "The folder for simulation.json, simulation.md and the plots.")
    var output = "reports/simulation"

    func validate() throws {
        guard nodes.allSatisfy({ (2...4096).contains($0) }), !nodes.isEmpty else {
            throw ValidationError("--nodes are numbers from 2 to 4096.")
        }
        guard documents >= 20_000, requests >= 1000 else {
            throw ValidationError("--documents is at least 20000, --requests at least 1000.")
        }
    }

    func run() throws {
        let shared = SimulatedDocuments(count: documents, exponent: exponent)
        var report = SimulationReport(
            documents: documents, exponent: exponent, requests: requests, measurements: [])
        for count in nodes {
            for entry in Balancers.all {
                FileHandle.standardError.write(Data("\(count) nodes: \(entry.name)\n".utf8))
                report.measurements.append(
                    Measuring(entry: entry, documents: shared, nodes: count, requests: requests).run())
            }
        }
        try report.write(to: URL(filePath: output))
        print(report.tables)
        let wasteful = report.measurements.filter { row in
            row.allocationsPerLookUp > 0 && Balancers.all.contains { $0.name == row.balancer && $0.isOurs }
        }
        guard wasteful.isEmpty else {
            throw Wasteful(names: Set(wasteful.map(\.balancer)).sorted())
        }
    }

    /// Policies of ours whose look-ups allocate.
    struct Wasteful: Error, CustomStringConvertible {
        var names: [String]
        var description: String { "Look-ups allocate: \(names.joined(separator: "; "))" }
    }
}
