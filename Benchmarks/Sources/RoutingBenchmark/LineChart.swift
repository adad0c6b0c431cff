// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Lines over a numeric axis, each with its confidence band, as SVG that takes its colours from the page around it.
struct LineChart {
    struct Series {
        var name: String
        var isOurs: Bool
        var points: [(x: Double, interval: Interval)]
    }

    var title: String
    var unit: String
    var axis: String
    /// On the axis, with their labels.
    var ticks: [(x: Double, label: String)]
    var isLogarithmic = false
    var series: [Series]

    private static let (width, height) = (360.0, 250.0)
    private static let (left, right, top, bottom) = (44.0, 14.0, 36.0, 206.0)

    var svg: String {
        let heading = ChartTitle(title, unit: unit)
        let legendHeight = Double(series.count) * 16
        return """
            <svg viewBox="0 0 \(Self.width) \(heading.offset + Self.height + legendHeight)" role="img" \
            aria-label="\(heading.text)">\(heading.svg)<g transform="translate(0 \(heading.offset))">\(grid)\
            \(series.enumerated().map { line($0, $1) }.joined())\(legend)</g></svg>
            """
    }

    private var most: Double {
        let largest = series.flatMap { $0.points.map { $0.interval.mean + $0.interval.halfWidth } }.max() ?? 1
        return max(largest, 1e-9) * 1.05
    }

    private func x(_ value: Double) -> Double {
        let place = { (value: Double) in isLogarithmic ? log(max(value, 1e-9)) : value }
        let (low, high) = (place(ticks.first?.x ?? 0), place(ticks.last?.x ?? 1))
        let share = high > low ? (place(value) - low) / (high - low) : 0.5
        return BarChart.round(Self.left + share * (Self.width - Self.left - Self.right))
    }

    private func y(_ value: Double) -> Double {
        BarChart.round(Self.bottom - max(0, value) / most * (Self.bottom - Self.top))
    }

    private var grid: String {
        let lines = [0.0, 0.25, 0.5, 0.75, 1].map { part -> String in
            let value = most / 1.05 * part
            return "<path class=\"grid\" d=\"M\(Self.left) \(y(value))H\(Self.width - Self.right)\"/>"
                + "<text x=\"\(Self.left - 5)\" y=\"\(y(value) + 4)\" text-anchor=\"end\">\(Interval.shown(value))</text>"
        }
        let marks = ticks.enumerated().map { place, tick in
            let anchor = place == ticks.count - 1 ? "end" : "middle"
            let edge = place == ticks.count - 1 ? Self.right - 4 : 0
            return
                "<text x=\"\(x(tick.x) + edge)\" y=\"\(Self.bottom + 16)\" text-anchor=\"\(anchor)\">\(HTML.escaped(tick.label))</text>"
        }
        let middle = (Self.left + Self.width - Self.right) / 2
        return lines.joined() + marks.joined()
            + "<text x=\"\(middle)\" y=\"\(Self.bottom + 32)\" text-anchor=\"middle\">\(HTML.escaped(axis))</text>"
    }

    private func line(_ place: Int, _ series: Series) -> String {
        guard !series.points.isEmpty else { return "" }
        let upper = series.points.map { "\(x($0.x)) \(y($0.interval.mean + $0.interval.halfWidth))" }
        let lower = series.points.reversed().map { "\(x($0.x)) \(y($0.interval.mean - $0.interval.halfWidth))" }
        let middle = series.points.map { "\(x($0.x)) \(y($0.interval.mean))" }
        let dots = series.points.map { "<circle cx=\"\(x($0.x))\" cy=\"\(y($0.interval.mean))\" r=\"3\"/>" }
        return """
            <g class="series \(style(place, series))"><path class="band" d="M\((upper + lower).joined(separator: "L"))Z"/>\
            <path class="line" d="M\(middle.joined(separator: "L"))"/>\(dots.joined())</g>
            """
    }

    private func style(_ place: Int, _ series: Series) -> String { series.isOurs ? "ours" : "s\(place % 6)" }

    private var legend: String {
        series.enumerated().map { place, series in
            let y = Self.height + Double(place) * 16
            return """
                <g class="series \(style(place, series))"><path class="line" d="M12 \(y)h18"/><circle cx="21" cy="\(y)" r="3"/></g>\
                <text x="36" y="\(y + 4)">\(HTML.escaped(series.name))</text>
                """
        }.joined()
    }
}
