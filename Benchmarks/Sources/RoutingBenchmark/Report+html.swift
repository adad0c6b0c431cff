// SPDX-License-Identifier: Apache-2.0

import Foundation

extension Report {
    package var html: String {
        """
        <!doctype html>
        <html lang="en">
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>Sticky against round-robin</title>
        <style>\(Self.style)</style>
        <main>
        <h1>Sticky against round-robin, measured</h1>
        <p class="lead">\(escaped(summary))</p>
        <h2>What is said, and what was found</h2>
        \(findingsTable)
        \(results.scenes.map(section).joined(separator: "\n"))
        <h2>What each figure means</h2>
        <dl>\(Figure.all.map { "<dt>\(escaped($0.name))</dt><dd>\(escaped($0.definition))</dd>" }.joined())</dl>
        <h2>How it was measured</h2>
        \(method)
        </main>
        </html>
        """
    }

    /// Two or three sentences out of the figures.
    private var summary: String {
        let holding = findings.filter { $0.verdict == .holds }.count
        let failing = findings.filter { $0.verdict == .fails }.count
        let unpaid = results.scenes.flatMap { scene in notPaying(scene) }
        return
            "Of \(findings.count) things that are said about session affinity, \(holding) hold and \(failing) do not in these runs; the others could not be told. "
            + (unpaid.isEmpty
                ? "Nothing was found in which routing by document was worse than round-robin."
                : "Affinity did not pay here: \(unpaid.joined(separator: "; ")).")
    }

    private func notPaying(_ scene: Scene) -> [String] {
        Figure.all.filter(\.isBetterLow).compactMap { figure in
            guard let document = results.interval(figure, scene.name, "document"),
                let other = results.interval(figure, scene.name, "round-robin"), document.differs(from: other),
                document.mean > other.mean
            else { return nil }
            return "\(figure.name.lowercased()) (\(scene.title.lowercased())) \(document.text) against \(other.text)"
        }
    }

    private var findingsTable: String {
        let rows = findings.map {
            "<tr><td>\(escaped($0.claim))</td><td class=\"\($0.verdict)\">\($0.verdict.rawValue)</td><td>\(escaped($0.sentence))</td></tr>"
        }
        return
            "<div class=\"wide\"><table class=\"text\"><tr><th>Claim</th><th>Verdict</th><th>Figures</th></tr>\(rows.joined())</table></div>"
    }

    private func section(_ scene: Scene) -> String {
        let architectures = results.present(scene)
        let head = architectures.map { "<th>\(escaped($0.title))</th>" }.joined()
        let rows = Figure.all.compactMap { figure -> String? in
            let cells = architectures.map { results.interval(figure, scene.name, $0.name) }
            guard cells.contains(where: { $0 != nil }) else { return nil }
            let unit = figure.unit.isEmpty ? "" : " <small>\(figure.unit)</small>"
            return "<tr><th scope=\"row\">\(escaped(figure.name))\(unit)</th>"
                + cells.map { "<td>\($0?.text ?? "")</td>" }.joined() + "</tr>"
        }
        return """
            <section><h2>\(escaped(scene.title))</h2>
            <div class="charts">\(Self.charted.compactMap { chart($0, scene, architectures) }.joined())</div>
            <div class="wide"><table><tr><td></td>\(head)</tr>\(rows.joined())</table></div></section>
            """
    }

    private static let charted = [
        "Archive opens per document", "Memory per node at the end", "Time to all visible tiles, p95",
        "Processor time of nodes per 1,000 tiles",
    ]

    private func chart(_ name: String, _ scene: Scene, _ architectures: [Architecture]) -> String? {
        guard let figure = Figure.all.first(where: { $0.name == name }) else { return nil }
        let bars = architectures.compactMap { architecture in
            results.interval(figure, scene.name, architecture.name).map { (architecture.name, $0) }
        }
        return bars.isEmpty ? nil : BarChart(title: name, unit: figure.unit, bars: bars).svg
    }

    private var method: String {
        """
        <p>Every run starts a cluster of processes on one machine with empty caches, lets planned readers loose on it over
        HTTP and ends it. Requests are sent when they are due, whatever became of those before, and latency counts from
        then on. All architectures get the same readers, and the archive, an HTTP server of the benchmark with ranges,
        counts what it is asked for. The system's page cache has the originals: what is measured is what crosses the network.
        All nodes share the processors of one machine and each has the same number of workers: compare processor time,
        opens, bytes and misses, not throughput. ± is the half width of the 95 % confidence interval over
        \(repetitions) repetitions; a difference is called one only where the intervals do not touch.</p>
        <ul>
        <li>\(escaped(machine.processor)), \(machine.processors) processors, \(machine.memoryGiB) GiB, Linux \(escaped(machine.kernel)), load \(machine.load)</li>
        <li>Recto \(escaped(machine.version))</li>
        <li>\(plan.nodes) nodes with \(plan.workers) workers each and \(plan.tileCache) MB of tiles; \(Int(plan.rate)) requests a second for \(Int(plan.seconds)) s; seed \(plan.seed)</li>
        <li><code>\(escaped(command))</code></li>
        </ul>
        """
    }

    private func escaped(_ text: String) -> String {
        text.replacingOccurrences(of: "&", with: "&amp;").replacingOccurrences(of: "<", with: "&lt;")
            .replacingOccurrences(of: ">", with: "&gt;")
    }

    private static let style = """
        :root{color-scheme:light dark;--ink:#1b1b1f;--paper:#fff;--line:#d5d5dc;--bar:#3767b1;--soft:#f3f4f8}
        @media(prefers-color-scheme:dark){:root{--ink:#e8e8ee;--paper:#16171b;--line:#3a3b43;--bar:#7aa5e6;--soft:#202127}}
        body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
        main{max-width:70rem;margin:0 auto;padding:1.5rem}
        h1{font-size:1.7rem;line-height:1.2}h2{font-size:1.25rem;margin-top:2.2rem}
        .lead{font-size:1.1rem}.wide{overflow-x:auto}
        table{border-collapse:collapse;font-size:.85rem;min-width:100%}
        th,td{border-bottom:1px solid var(--line);padding:.35rem .6rem;text-align:right;vertical-align:top}
        th{font-weight:600}th[scope=row],tr>td:first-child,table tr>*:first-child{text-align:left}
        .text td,.text th{text-align:left}
        .holds,.fails,.open{white-space:nowrap;font-weight:600}
        .charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(19rem,1fr));gap:1rem;margin:1rem 0}
        svg{width:100%;height:auto;background:var(--soft);border-radius:6px}
        svg text{fill:var(--ink);font:12px system-ui,sans-serif}svg rect{fill:var(--bar)}svg line{stroke:var(--ink)}
        dt{font-weight:600}dd{margin:0 0 .5rem}code{overflow-wrap:anywhere}
        @media print{main{max-width:none;padding:0}section{break-inside:avoid}}
        """
}
