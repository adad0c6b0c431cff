// SPDX-License-Identifier: Apache-2.0

/// The title above a chart, in one line or in two.
struct ChartTitle {
    private let lines: [String]

    /// What fits beside one another at the width of a chart.
    private static let most = 46

    init(_ title: String, unit: String) {
        let words = (title + (unit.isEmpty ? "" : ", \(unit)")).split(separator: " ")
        lines = words.reduce(into: [""]) { lines, word in
            if let last = lines.last, !last.isEmpty, last.count + word.count >= Self.most {
                lines.append(String(word))
            } else {
                lines[lines.count - 1] += (lines.last == "" ? "" : " ") + word
            }
        }
    }

    /// How much lower what is below it begins than under a title of one line.
    var offset: Double { Double(lines.count - 1) * 16 }

    var text: String { HTML.escaped(lines.joined(separator: " ")) }

    var svg: String {
        lines.enumerated().map { place, line in
            "<text x=\"10\" y=\"\(21 + place * 16)\" class=\"title\">\(HTML.escaped(line))</text>"
        }.joined()
    }
}
