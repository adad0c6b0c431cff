// SPDX-License-Identifier: Apache-2.0

extension Report {
    func section(_ sweep: Sweep) -> String {
        let charts = sweep.figures.compactMap { chart($0, sweep) }
        guard !charts.isEmpty else { return "" }
        return """
            <section><h2>\(HTML.escaped(sweep.title))</h2>
            <p class="question">\(HTML.escaped(sweep.question))</p>
            \(HTML.list(sweep.answers(results)))
            <div class="charts">\(charts.joined())</div>
            <details><summary>The figures</summary>\(table(sweep))</details></section>
            """
    }

    private func chart(_ name: String, _ sweep: Sweep) -> String? {
        guard let figure = Figure.named(name) else { return nil }
        guard sweep.points.allSatisfy({ $0.value != nil }) else { return bars(figure, sweep) }
        let series = sweep.architectures.compactMap { architecture -> LineChart.Series? in
            let points = sweep.points.compactMap { point in
                results.interval(figure, point.scene.name, architecture).map { (x: point.value ?? 0, interval: $0) }
            }
            return points.isEmpty
                ? nil : LineChart.Series(name: architecture, isOurs: architecture == "document", points: points)
        }
        guard !series.isEmpty else { return nil }
        let isLogarithmic = (sweep.points.first?.value ?? 1) < 1
        return LineChart(
            title: name, unit: figure.unit, axis: sweep.axis,
            ticks: sweep.points.map { ($0.value ?? 0, $0.label) }, isLogarithmic: isLogarithmic, series: series
        ).svg
    }

    /// Where the points are in no order.
    private func bars(_ figure: Figure, _ sweep: Sweep) -> String? {
        let bars = sweep.points.flatMap { point in
            sweep.architectures.compactMap { architecture in
                results.interval(figure, point.scene.name, architecture).map {
                    BarChart.Bar(
                        name: sweep.points.count > 1 ? "\(architecture), \(point.label)" : architecture, interval: $0,
                        isOurs: architecture == "document")
                }
            }
        }
        return bars.isEmpty ? nil : BarChart(title: figure.name, unit: figure.unit, bars: bars).svg
    }

    private func table(_ sweep: Sweep) -> String {
        let rows = sweep.figures.compactMap(Figure.named).flatMap { figure in
            sweep.architectures.map { architecture in
                let unit = figure.unit.isEmpty ? "" : " <small>\(figure.unit)</small>"
                return HTML.row(
                    "\(HTML.escaped(figure.name))\(unit) · \(HTML.escaped(architecture))",
                    sweep.points.map { results.interval(figure, $0.scene.name, architecture)?.text ?? "–" })
            }
        }
        return HTML.table(head: [HTML.escaped(sweep.axis)] + sweep.points.map { HTML.escaped($0.label) }, rows: rows)
    }
}
