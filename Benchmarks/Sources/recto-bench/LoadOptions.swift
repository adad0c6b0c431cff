// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import LoadDriver

/// What is read, and how much.
struct LoadOptions: ParsableArguments {
    @Option(help: "The folder of documents.")
    var documents: String

    @Option(help: "The recto to be measured.")
    var program = "../.build/release/recto"

    @Option(help: "Requests a second.")
    var rate = 200.0

    @Option(help: "Seconds from one event to the next.")
    var step = 35.0

    @Option var seed: UInt64 = 1

    @Option(help: "A file for the figures as JSON.")
    var output: String?

    func shapes() throws -> [DocumentShape] {
        let shapes = try DocumentFolder(path: documents, program: program, cache: ".build/shapes").shapes {
            print("left out: \($0) cannot be shown")
        }
        print("\(shapes.count) documents, \(shapes.reduce(0) { $0 + $1.pages.count }) pages")
        return shapes
    }

    func trace(_ shapes: [DocumentShape], duration: Double) -> Trace {
        let trace = Trace.planned(documents: shapes, seed: seed, duration: duration, rate: rate)
        let mean = Int(Double(trace.requests.count) / duration)
        print("\(trace.requests.count) requests in \(Int(duration)) s: \(mean) a second\n")
        return trace
    }

    func write(_ figures: some Encodable) throws {
        if let output { try JSONEncoder().encode(figures).write(to: URL(fileURLWithPath: output)) }
    }
}
