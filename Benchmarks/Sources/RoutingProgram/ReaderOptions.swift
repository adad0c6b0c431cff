// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import RoutingBenchmark

/// Who reads what on which cluster.
struct ReaderOptions: ParsableArguments {
    @Option(help: "The folder of documents.")
    var documents: String

    @Option(help: "Render nodes.") var nodes = 3
    @Option(help: "Pages rendered at a time by each member.") var workers = 1
    @Option(help: "Megabytes of finished tiles that each member keeps.") var tileCache = 64
    @Option(parsing: .unconditional, help: "More options of all portals and nodes, as one text.")
    var memberOptions = ""
    @Option(help: "Milliseconds that the archive takes for each answer.") var archiveLatency = 0
    @Option(help: "Megabytes a second that the archive sends in each answer.") var archiveBandwidth: Double?
    @Option(help: "Seconds that readers read in each run.") var seconds: Double?
    @Option(help: "Requests a second.") var rate = 60.0
    @Option(help: "Median seconds that a reader looks at a page.") var think = 4.0
    @Option(help: "The part of the readers who flip through everything. Default: 0.1, with --quick 0.5.")
    var flippers: Double?
    @Option(help: "The part of the readers who come back, for the same document or another one.") var returns = 0.4
    @Option(help: "The exponent of Zipf's law by which documents are chosen.") var exponent = 1.0
    @Option(help: "Of all that is drawn at random.") var seed: UInt64 = 1

    func validate() throws {
        guard (1...64).contains(nodes), (1...64).contains(workers) else {
            throw ValidationError("--nodes and --workers are numbers from 1 to 64.")
        }
        guard (0...65_536).contains(tileCache), (0...60_000).contains(archiveLatency) else {
            throw ValidationError("--tile-cache is from 0 to 65536 MB, --archive-latency from 0 to 60000 ms.")
        }
        guard (1...86_400).contains(seconds ?? 1), (0.1...100_000).contains(rate), (0.01...3600).contains(think) else {
            throw ValidationError("--seconds is 1 to 86400, --rate 0.1 to 100000, --think 0.01 to 3600 seconds.")
        }
        guard (0...1).contains(flippers ?? 0), (0...1).contains(returns), (0...10).contains(exponent) else {
            throw ValidationError("--flippers and --returns are from 0 to 1, --exponent from 0 to 10.")
        }
        guard (0.01...100_000).contains(archiveBandwidth ?? 1) else {
            throw ValidationError("--archive-bandwidth is from 0.01 to 100000 MB a second.")
        }
    }

    func apply(to plan: inout Plan, isQuick: Bool) {
        plan.nodes = nodes
        plan.workers = workers
        plan.tileCache = tileCache
        plan.archiveLatency = archiveLatency
        plan.archiveBandwidth = archiveBandwidth
        plan.seconds = seconds ?? (isQuick ? 12 : 20)
        plan.rate = rate
        plan.think = think
        plan.flippers = flippers ?? (isQuick ? 0.5 : 0.1)
        plan.returns = returns
        plan.exponent = exponent
        plan.members = memberOptions.split(separator: " ").map(String.init)
        plan.seed = seed
    }
}
