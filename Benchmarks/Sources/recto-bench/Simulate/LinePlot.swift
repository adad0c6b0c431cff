// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Lines over two logarithmic axes, as a small SVG that reads on light and dark ground.
struct LinePlot {
    struct Series {
        var name: String
        var points: [(x: Double, y: Double)]
    }

    var title: String
    var xTitle: String
    var series: [Series]

    private static let (width, height) = (720.0, 360.0)
    private static let (left, right, top, bottom) = (60.0, 490.0, 40.0, 320.0)
    private static let colours = [
        "#0b6e4f", "#58a618", "#d1495b", "#e08e1b", "#8a8a8a", "#3066be", "#9b5de5", "#b5651d", "#00a6a6", "#c71585",
        "#777700",
    ]

    var svg: String {
        let all = series.flatMap(\.points)
        let xRange = Self.range(all.map(\.x))
        let yRange = Self.range(all.map(\.y), decades: true)
        func x(_ value: Double) -> Double { Self.left + Self.part(value, xRange) * (Self.right - Self.left) }
        func y(_ value: Double) -> Double { Self.bottom - Self.part(value, yRange) * (Self.bottom - Self.top) }
        var lines = [
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(Int(Self.width)) \(Int(Self.height))\" font-family=\"sans-serif\" font-size=\"12\">",
            "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>",
            "<text x=\"\(Self.left)\" y=\"22\" font-size=\"14\">\(title)</text>",
            "<text x=\"\(Self.right)\" y=\"\(Self.bottom + 32)\" text-anchor=\"end\">\(xTitle)</text>",
        ]
        for tick in Set(all.map(\.x)).sorted() {
            lines.append(
                "<text x=\"\(Self.text(x(tick)))\" y=\"\(Self.bottom + 17)\" text-anchor=\"middle\">\(Int(tick))</text>"
            )
        }
        for tick in Self.ticks(yRange) {
            let place = Self.text(y(tick))
            lines.append("<path d=\"M\(Self.left) \(place)H\(Self.right)\" stroke=\"#ddd\"/>")
            lines.append(
                "<text x=\"\(Self.left - 6)\" y=\"\(place)\" dy=\"4\" text-anchor=\"end\">\(Self.label(tick))</text>")
        }
        for (place, line) in series.enumerated() {
            let colour = Self.colours[place % Self.colours.count]
            let path = line.points.map { "\(Self.text(x($0.x))) \(Self.text(y($0.y)))" }.joined(separator: "L")
            let width = place == 0 ? 3 : 1.5
            lines.append("<path d=\"M\(path)\" fill=\"none\" stroke=\"\(colour)\" stroke-width=\"\(width)\"/>")
            let height = Self.top + 10 + Double(place) * 20
            lines.append(
                "<path d=\"M\(Self.right + 15) \(height - 4)h18\" stroke=\"\(colour)\" stroke-width=\"\(width)\"/>"
                    + "<text x=\"\(Self.right + 39)\" y=\"\(height)\">\(line.name)</text>")
        }
        return lines.joined(separator: "\n") + "\n</svg>\n"
    }

    /// Least and greatest, to whole decades where they are to have lines.
    private static func range(_ values: [Double], decades: Bool = false) -> (low: Double, high: Double) {
        let (low, high) = (max(values.min() ?? 1, 1e-6), max(values.max() ?? 10, 1e-5))
        guard decades else { return (low, max(high, low * 1.1)) }
        return (pow(10, (log10(low) + 1e-9).rounded(.down)), pow(10, (log10(high) - 1e-9).rounded(.up)))
    }

    private static func part(_ value: Double, _ range: (low: Double, high: Double)) -> Double {
        log(max(value, range.low) / range.low) / log(range.high / range.low)
    }

    private static func ticks(_ range: (low: Double, high: Double)) -> [Double] {
        let decades = Array(sequence(first: range.low) { $0 * 10 }.prefix { $0 <= range.high * 1.01 })
        guard decades.count < 4 else { return decades }
        return decades.flatMap { [$0, $0 * 2, $0 * 5] }.filter { $0 <= range.high * 1.01 }
    }

    private static func label(_ value: Double) -> String { String(format: "%g", value) }
    private static func text(_ value: Double) -> String { String(format: "%.1f", value) }
}
