// SPDX-License-Identifier: Apache-2.0

import LoadDriver

extension Report {
    private static let charted = [
        "Archive opens per document", "Archive bytes per byte of documents read to the end",
        "Copies of a document in the cluster", "Memory of all processes at the end", "Time to first page, median",
        "Time to all visible tiles, p95", "Processor time of all per 1,000 tiles",
    ]

    func section(_ scene: Scene) -> String {
        let architectures = results.present(scene)
        guard !architectures.isEmpty else { return "" }
        return """
            <section><h2>\(HTML.escaped(scene.title))</h2>
            <div class="charts">\(Self.charted.compactMap { bars($0, scene, architectures) }.joined())\
            \(distribution(scene, architectures))</div>
            <details open><summary>All figures</summary>\(table(scene, architectures))</details></section>
            """
    }

    func bars(_ name: String, _ scene: Scene, _ architectures: [Architecture]) -> String? {
        guard let figure = Figure.named(name) else { return nil }
        let bars = architectures.compactMap { architecture in
            results.interval(figure, scene.name, architecture.name).map {
                BarChart.Bar(name: architecture.name, interval: $0, isOurs: architecture.name == "document")
            }
        }
        return bars.isEmpty ? nil : BarChart(title: name, unit: figure.unit, bars: bars).svg
    }

    /// Latencies of all repetitions together by percentile, each nine further as wide as the last.
    private func distribution(_ scene: Scene, _ architectures: [Architecture]) -> String {
        let shares = [(0.5, "50 %"), (0.9, "90 %"), (0.99, "99 %"), (0.999, "99.9 %")]
        let series = architectures.compactMap { architecture -> LineChart.Series? in
            let latencies = results.latencies(\.allTiles, scene.name, architecture.name)
            guard latencies.count > 0 else { return nil }
            let points = [0.5, 0.75, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999].compactMap { share in
                Interval([latencies.quantile(share) * 1000]).map { (x: 1 / (1 - share), interval: $0) }
            }
            return LineChart.Series(
                name: architecture.name, isOurs: architecture.name == "document", points: points)
        }
        guard !series.isEmpty else { return "" }
        return LineChart(
            title: "Time to all visible tiles", unit: "ms", axis: "share of looks that were as fast",
            ticks: shares.map { (1 / (1 - $0.0), $0.1) }, isLogarithmic: true, series: series
        ).svg
    }

    private func table(_ scene: Scene, _ architectures: [Architecture]) -> String {
        let head = [""] + architectures.map { HTML.escaped($0.title) }
        let rows = Figure.Group.allCases.flatMap { group -> [String] in
            let own = Figure.all.filter { $0.group == group }.compactMap { row($0, scene, architectures) }
            let heading =
                "<tr class=\"group\"><th scope=\"colgroup\" colspan=\"\(architectures.count + 1)\">\(group.rawValue)</th></tr>"
            return own.isEmpty ? [] : [heading] + own
        }
        return HTML.table(head: head, rows: rows)
    }

    private func row(_ figure: Figure, _ scene: Scene, _ architectures: [Architecture]) -> String? {
        let cells = architectures.map { results.interval(figure, scene.name, $0.name) }
        guard cells.contains(where: { $0 != nil }) else { return nil }
        let unit = figure.unit.isEmpty ? "" : " <small>\(figure.unit)</small>"
        return HTML.row(HTML.escaped(figure.name) + unit, cells.map { $0?.text ?? "–" })
    }

    // MARK: Cache layers

    /// Of the look-ups of a layer, the part that it answered, in percent.
    struct LayerHits: Encodable {
        var scene: String
        var architecture: String
        var layer: String
        var hits: Interval
    }

    var layerHits: [LayerHits] {
        results.all.flatMap { entry in
            Set(entry.runs.flatMap(\.layers.keys)).sorted().compactMap { layer in
                let shares = entry.runs.compactMap { run -> Double? in
                    guard let counts = run.layers[layer], counts.hits + counts.misses > 0 else { return nil }
                    return counts.hits / (counts.hits + counts.misses) * 100
                }
                return Interval(shares).map {
                    LayerHits(scene: entry.scene, architecture: entry.architecture, layer: layer, hits: $0)
                }
            }
        }
    }

    var layers: String {
        let all = layerHits
        let tables = results.selection.scenes.compactMap { scene -> String? in
            let own = all.filter { $0.scene == scene.name }
            guard !own.isEmpty else { return nil }
            let architectures = results.present(scene)
            let rows = Set(own.map(\.layer)).sorted().map { layer in
                HTML.row(
                    HTML.escaped(layer),
                    architectures.map { architecture in
                        own.first { $0.layer == layer && $0.architecture == architecture.name }?.hits.text ?? "–"
                    })
            }
            let table = HTML.table(head: [""] + architectures.map { HTML.escaped($0.title) }, rows: rows)
            return """
                <details\(scene.name == firstScene?.name ? " open" : "")><summary>\(HTML.escaped(scene.title))</summary>\
                \(table)</details>
                """
        }
        guard !tables.isEmpty else { return "" }
        return """
            <section><h2>Hits per cache layer, %</h2>
            <p>Look-ups that were answered, of all look-ups of that layer, as members count them; a layer is asked only where
            those before it did not have it.</p>
            \(tables.joined())</section>
            """
    }

    var settings: String {
        let rows = results.selection.architectures.map {
            HTML.row(
                HTML.escaped($0.title),
                ["\($0.settings.count)", HTML.escaped($0.settings.joined(separator: ", "))])
        }
        return """
            <section><h2>Settings that an operator must write</h2>
            <p>Beyond the addresses of members and the archive; what is the default counts nothing.</p>
            \(HTML.table(head: ["", "number", "which"], rows: rows, isText: true))</section>
            """
    }
}
