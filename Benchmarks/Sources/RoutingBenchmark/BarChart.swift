// SPDX-License-Identifier: Apache-2.0

/// Bars with their confidence intervals, as SVG that takes its colours from the page around it.
struct BarChart {
    struct Bar {
        var name: String
        var interval: Interval
        /// The one that the report is about.
        var isOurs: Bool
    }

    var title: String
    var unit: String
    var bars: [Bar]

    private static let (width, labels, row, top) = (360.0, 138.0, 23.0, 34.0)

    var svg: String {
        let largest = bars.map { $0.interval.mean + $0.interval.halfWidth }.max() ?? 0
        let scale = largest > 0 ? (Self.width - Self.labels - 92) / largest : 0
        let heading = ChartTitle(title, unit: unit)
        let height = heading.offset + Self.top + Self.row * Double(bars.count) + 8
        return """
            <svg viewBox="0 0 \(Self.width) \(height)" role="img" aria-label="\(heading.text)">\(heading.svg)\
            <g transform="translate(0 \(heading.offset))">\(bars.enumerated().map { bar($0, $1, scale) }.joined())</g></svg>
            """
    }

    private func bar(_ place: Int, _ bar: Bar, _ scale: Double) -> String {
        let y = Self.top + Double(place) * Self.row
        let (end, half) = (Self.labels + bar.interval.mean * scale, bar.interval.halfWidth * scale)
        let whisker =
            half > 0.5
            ? "<path class=\"whisker\" d=\"M\(Self.round(end - half)) \(y + 8)H\(Self.round(end + half))M\(Self.round(end - half)) \(y + 5)v6M\(Self.round(end + half)) \(y + 5)v6\"/>"
            : ""
        return """
            <text x="10" y="\(y + 12)">\(HTML.escaped(bar.name))</text>\
            <rect class="\(bar.isOurs ? "ours" : "other")" x="\(Self.labels)" y="\(y)" \
            width="\(Self.round(max(1, bar.interval.mean * scale)))" height="16" rx="2"/>\(whisker)\
            <text x="\(Self.round(end + half + 6))" y="\(y + 12)" class="value">\(bar.interval.text)</text>
            """
    }

    static func round(_ value: Double) -> Double { (value * 10).rounded() / 10 }
}
