// SPDX-License-Identifier: Apache-2.0

/// Names that Prometheus takes: its data model, "Metric names and labels".
enum MetricName {
    static func isValid(_ name: String) -> Bool { isWord(name, mayHaveColon: true) }

    /// Those that begin with two underscores are Prometheus' own, and `le` is the histogram's.
    static func isValidLabel(_ name: String) -> Bool {
        isWord(name, mayHaveColon: false) && !name.hasPrefix("__") && name != "le"
    }

    private static func isWord(_ name: String, mayHaveColon: Bool) -> Bool {
        guard let first = name.utf8.first, !(0x30...0x39).contains(first) else { return false }
        return name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), 0x30...0x39,
                UInt8(ascii: "_"):
                true
            case UInt8(ascii: ":"): mayHaveColon
            default: false
            }
        }
    }
}
