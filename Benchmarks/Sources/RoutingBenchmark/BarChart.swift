// SPDX-License-Identifier: Apache-2.0

/// Bars with their confidence intervals, as SVG that takes its colours from the page around it.
struct BarChart {
    var title: String
    var unit: String
    var bars: [(name: String, interval: Interval)]

    private static let (width, labels, row, top) = (360.0, 150.0, 22.0, 30.0)

    var svg: String {
        let largest = bars.map { $0.interval.mean + $0.interval.halfWidth }.max() ?? 0
        let scale = largest > 0 ? (Self.width - Self.labels - 70) / largest : 0
        let height = Self.top + Self.row * Double(bars.count) + 8
        let heading = title + (unit.isEmpty ? "" : ", \(unit)")
        return """
            <svg viewBox="0 0 \(Self.width) \(height)" role="img" aria-label="\(heading)">
            <text x="8" y="19" font-weight="600">\(heading)</text>
            \(bars.enumerated().map { bar($0, $1.name, $1.interval, scale) }.joined())</svg>
            """
    }

    private func bar(_ place: Int, _ name: String, _ interval: Interval, _ scale: Double) -> String {
        let y = Self.top + Double(place) * Self.row
        let middle = y + 8
        let end = Self.labels + interval.mean * scale
        let (low, high) = (end - interval.halfWidth * scale, end + interval.halfWidth * scale)
        return """
            <text x="8" y="\(y + 12)">\(name)</text><rect x="\(Self.labels)" y="\(y)" width="\(max(1, interval.mean * scale))" height="15"/>\
            <line x1="\(low)" x2="\(high)" y1="\(middle)" y2="\(middle)"/>\
            <text x="\(high + 5)" y="\(y + 12)">\(interval.text)</text>
            """
    }
}
