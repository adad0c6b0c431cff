// SPDX-License-Identifier: Apache-2.0

/// A strict reader of Prometheus text 0.0.4, to hold the writer against: it takes nothing that the format does not describe.
struct PrometheusText {
    struct Family {
        var kind: String
        var help: String
        var samples: [Sample] = []
    }

    struct Sample: Equatable {
        var name: String
        var labels: [String: String]
        var value: Double
    }

    struct Malformed: Error {
        let line: String
        let reason: String
    }

    /// In the order of the text.
    private(set) var names: [String] = []
    private(set) var families: [String: Family] = [:]

    init(_ text: String) throws {
        guard text.isEmpty || text.hasSuffix("\n") else { throw Malformed(line: text, reason: "no end of line") }
        var help: (name: String, text: String)?
        for line in text.split(separator: "\n").map(String.init) {
            if line.hasPrefix("# HELP ") {
                let parts = line.dropFirst(7).split(separator: " ", maxSplits: 1)
                guard parts.count == 2 else { throw Malformed(line: line, reason: "no help") }
                help = (String(parts[0]), String(parts[1]))
            } else if line.hasPrefix("# TYPE ") {
                let parts = line.dropFirst(7).split(separator: " ").map(String.init)
                guard parts.count == 2, ["counter", "gauge", "histogram"].contains(parts[1]),
                    let text = help, text.name == parts[0], families[parts[0]] == nil
                else { throw Malformed(line: line, reason: "type") }
                names.append(parts[0])
                families[parts[0]] = Family(kind: parts[1], help: text.text)
                help = nil
            } else {
                try take(try Self.sample(line), line)
            }
        }
        for (name, family) in families { try Self.check(name, family) }
    }

    /// A sample belongs to the family whose header came last.
    private mutating func take(_ sample: Sample, _ line: String) throws {
        guard let name = names.last, let kind = families[name]?.kind else {
            throw Malformed(line: line, reason: "before any TYPE")
        }
        let allowed = kind == "histogram" ? ["_bucket", "_sum", "_count"].map { name + $0 } : [name]
        guard allowed.contains(sample.name) else { throw Malformed(line: line, reason: "of another family") }
        guard families[name]?.samples.contains(where: { $0.name == sample.name && $0.labels == sample.labels }) == false
        else { throw Malformed(line: line, reason: "twice") }
        families[name]?.samples.append(sample)
    }

    private static func sample(_ line: String) throws -> Sample {
        var rest = Substring(line)
        let name = String(rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == ":" })
        rest = rest.dropFirst(name.count)
        var labels: [String: String] = [:]
        if rest.first == "{" {
            rest = rest.dropFirst()
            while rest.first != "}" {
                let label = String(rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" })
                rest = rest.dropFirst(label.count)
                guard !label.isEmpty, rest.hasPrefix("=\"") else { throw Malformed(line: line, reason: "label") }
                rest = rest.dropFirst(2)
                guard labels.updateValue(try value(&rest, line), forKey: label) == nil else {
                    throw Malformed(line: line, reason: "label twice")
                }
                if rest.first == "," { rest = rest.dropFirst() }
            }
            rest = rest.dropFirst()
        }
        let number = rest.dropFirst().replacing("+Inf", with: "inf").replacing("-Inf", with: "-inf")
        guard !name.isEmpty, rest.first == " ", let value = Double(number) else {
            throw Malformed(line: line, reason: "value")
        }
        return Sample(name: name, labels: labels, value: value)
    }

    /// Up to the closing quote.
    private static func value(_ rest: inout Substring, _ line: String) throws -> String {
        var value = ""
        while let scalar = rest.unicodeScalars.popFirst() {
            switch scalar {
            case "\"": return value
            case "\\":
                switch rest.unicodeScalars.popFirst() {
                case "\\": value.unicodeScalars.append("\\")
                case "\"": value.unicodeScalars.append("\"")
                case "n": value.unicodeScalars.append("\n")
                default: throw Malformed(line: line, reason: "escape")
                }
            default: value.unicodeScalars.append(scalar)
            }
        }
        throw Malformed(line: line, reason: "no closing quote")
    }

    /// Counters do not fall below zero, and buckets grow up to the count.
    private static func check(_ name: String, _ family: Family) throws {
        if family.kind == "counter", family.samples.contains(where: { $0.value < 0 }) {
            throw Malformed(line: name, reason: "negative")
        }
        guard family.kind == "histogram" else { return }
        for count in family.samples where count.name == name + "_count" {
            let buckets = family.samples.filter { sample in
                sample.name == name + "_bucket" && sample.labels.filter { $0.key != "le" } == count.labels
            }
            let values = buckets.map(\.value)
            guard values == values.sorted(), buckets.last?.labels["le"] == "+Inf", values.last == count.value else {
                throw Malformed(line: name, reason: "buckets")
            }
        }
    }
}
