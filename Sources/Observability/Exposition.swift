// SPDX-License-Identifier: Apache-2.0

/// Metrics as text for Prometheus: its exposition formats, "Text-based format", version 0.0.4.
struct Exposition {
    private(set) var text = ""

    /// One family: what it is, and its series in the order of their labels.
    mutating func write(_ name: String, _ family: MetricsRegistry.Family) {
        header(name, family.kind)
        for (labels, value) in family.series.sorted(by: { $0.key < $1.key }) { value.write(name, labels, to: &self) }
    }

    mutating func header(_ name: String, _ kind: MetricKind) {
        text += "# HELP \(name) \(Self.escapedHelp(MetricCatalogue.help(name)))\n# TYPE \(name) \(kind.rawValue)\n"
    }

    mutating func line(_ name: String, _ labels: String, _ value: String) {
        text += labels.isEmpty ? "\(name) \(value)\n" : "\(name){\(labels)} \(value)\n"
    }

    // MARK: Parts of a line

    /// Labels as they stand between the braces, in the order of their names: the same ones in another order are the same
    /// series.
    static func labels(_ dimensions: [(String, String)]) -> String {
        dimensions.sorted { $0.0 < $1.0 }.map { "\($0.0)=\"\(escaped($0.1))\"" }.joined(separator: ",")
    }

    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return value == value.rounded() && abs(value) < 1e15 ? "\(Int64(value))" : "\(value)"
    }

    private static func escapedHelp(_ text: String) -> String { escaped(text, quote: false) }

    private static func escaped(_ text: String, quote: Bool = true) -> String {
        var result = ""
        // By scalars: a line's end after a carriage return is one character with it.
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\"" where quote: result += "\\\""
            case "\n": result += "\\n"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
