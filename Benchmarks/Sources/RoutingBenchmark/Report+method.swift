// SPDX-License-Identifier: Apache-2.0

import LoadDriver

extension Report {
    /// What speaks for and against believing the figures.
    var honesty: String {
        let rows = grouped(checks).map { name, own in
            let failed = own.filter { !$0.holds }
            let example = failed.first ?? own[0]
            return HTML.row(
                HTML.escaped(name),
                [
                    "\(own.count - failed.count) of \(own.count) runs",
                    "\(Interval.shown(example.left)) · \(Interval.shown(example.right))",
                ])
        }
        return """
            <section><h2>Can it be believed?</h2>
            \(driver)
            <p>The same counted in two ways agrees:</p>
            \(HTML.table(head: ["", "agrees in", checks.allSatisfy(\.holds) ? "for example" : "where it does not"], rows: rows))</section>
            """
    }

    private func grouped(_ checks: [Check]) -> [(String, [Check])] {
        Dictionary(grouping: checks, by: \.name).sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    private var driver: String {
        let runs = results.all.flatMap(\.runs)
        let share = { (seconds: (CellFigures) -> Double) in
            Interval(runs.filter { $0.driver.duration > 0 }.map { seconds($0) / $0.driver.duration * 100 })?.text ?? "–"
        }
        let lag = (runs.map(\.driver.lag).max() ?? 0) * 1000
        let proof =
            driverProof.map { proof in
                """
                Against a static nginx it sent the same requests \(Interval.shown(proof.factor)) times as fast:
                \(Int(proof.reachedRate)) answers a second of \(Int(proof.wantedRate)) wanted, \(proof.failures) failed, 99 of 100
                within \(Interval.shown(proof.latency * 1000)) ms, with \(Interval.shown(proof.processorShare * 100)) % of a processor:
                \(proof.holds ? "it is not the bottleneck" : "<strong>it may be the bottleneck</strong>").
                """
            } ?? "Whether it could drive a static server at five times the rate was not tried: there is no nginx."
        return """
            <p>The readers took \(share { $0.driver.seconds }) % of one processor and the archive \(share { $0.driver.originSeconds }) %,
            on the same machine; no processor time of theirs is in any figure. In the worst run 99 of 100 requests were sent within
            \(Interval.shown(lag)) ms of when they were due. \(proof)</p>
            """
    }

    var method: String {
        let cache = workingSet.map { ", a working set of \(Interval.shown(Double($0) / 1_048_576)) MB of tiles" } ?? ""
        let latency =
            (plan.archiveLatency > 0 ? "; \(plan.archiveLatency) ms from the archive" : "")
            + (plan.archiveBandwidth.map { ", \(Interval.shown($0)) MB/s of it" } ?? "")
        return """
            <section><h2>How it was measured</h2>
            \(plan.router == nil ? startedByUs : startedByOthers)
            <p>Requests are sent when they are due, whatever became of those before (open loop), and latency counts from then on,
            so that a server that stalls is not spared those that would have come meanwhile (coordinated omission). All
            architectures get the same readers, \(plan.replayed == nil ? readers : "those of a recorded trace").
            All nodes share the processors of one machine and each has the same number of workers: compare processor
            time, opens, bytes and misses, not throughput. All-in-one instances are as many as the nodes of the others, which have
            a portal with as many workers besides. Caches are empty when readers begin, and a run is short: with so few looks as
            stand under “What the figures rest on”, p99 is hardly more than the slowest. ± is the half width of the 95 % confidence interval (Student’s t) over
            \(repetitions) repetition\(repetitions == 1 ? ", of which there is none: a difference is then called one from a tenth on" : "s; the readers of each are the same for all, so a difference is called one only where the 95 % interval of what lies between two in each repetition has no zero in it").</p>
            <ul>
            <li>\(HTML.escaped(machine.processor)), \(machine.processors) processors, \(machine.memoryGiB) GiB, Linux \(HTML.escaped(machine.kernel)), load \(machine.load) at the end</li>
            <li>Recto \(HTML.escaped(([machine.version, machine.commit.isEmpty ? "" : "sources at " + machine.commit] + machine.servers).filter { !$0.isEmpty }.joined(separator: "; ")))</li>
            \(plan.router == nil ? setting(cache, latency) : "")
            \(residentShare.map { "<li>\(Interval.shown($0 * 100)) % of the documents’ bytes were in the system’s page cache when the runs began</li>" } ?? "")
            <li><code>\(HTML.escaped(command))</code></li>
            </ul></section>
            """
    }

    private var readers: String {
        """
        planned from the seed, by Zipf’s law with exponent \(plan.exponent): one in four opens what another has just opened,
        one in \(Interval.shown(1 / max(plan.flippers, 0.001))) flips through everything, and of those who leave
        \(Interval.shown(plan.returns * 100)) % come back, half of them for the same document
        """
    }

    private func setting(_ cache: String, _ latency: String) -> String {
        let load =
            plan.replayed == nil
            ? "; \(Interval.shown(plan.rate)) requests a second for \(Interval.shown(plan.seconds)) s, \(Interval.shown(plan.think)) s at a page; seed \(plan.seed)"
            : ""
        return
            "<li>\(plan.nodes) nodes with \(plan.workers) worker\(plan.workers == 1 ? "" : "s") each and \(plan.tileCache) MB of tiles\(cache)\(load)\(latency)</li>"
    }

    private var startedByUs: String {
        """
        <p>Every run starts a cluster of processes with empty caches, in memory and on disk, lets simulated readers loose on it over
        HTTP and ends it. The archive is an HTTP server of the benchmark with ranges, which counts what it is asked for. The
        system’s page cache was filled with the originals first: what is measured is what crosses the network, not the disk.</p>
        """
    }

    private var startedByOthers: String {
        """
        <p>The cluster was there already (<code>\(HTML.escaped(plan.router ?? ""))</code>): its caches hold what they held. Figures
        that need its processes or its archive are left out: opens, reads and bytes of the archive, memory, processor time, hits
        per cache layer.</p>
        """
    }

    var definitions: String {
        let items = Figure.all.map {
            "<dt>\(HTML.escaped($0.name))\($0.unit.isEmpty ? "" : " <small>\($0.unit)</small>")</dt><dd>\(HTML.escaped($0.definition))</dd>"
        }
        return "<section><h2>What each figure means</h2><dl>\(items.joined())</dl></section>"
    }
}
