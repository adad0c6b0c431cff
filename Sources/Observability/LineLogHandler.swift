// SPDX-License-Identifier: Apache-2.0

import Glibc
package import Logging

/// Writes each log entry as one line to standard error: for people, or as JSON for machines.
package struct LineLogHandler: LogHandler {
    package enum Style: String, Sendable, CaseIterable {
        case text
        case json
    }

    package var metadata: Logger.Metadata = [:]
    package var logLevel: Logger.Level = .info
    package var metadataProvider: Logger.MetadataProvider?
    private let style: Style
    private let label: String

    package init(label: String, style: Style) {
        self.label = label
        self.style = style
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var all = metadata
        for (key, value) in event.metadata ?? [:] { all[key] = value }
        let fields = all.sorted { $0.key < $1.key }.map { ($0.key, "\($0.value)") }
        let line =
            switch style {
            case .text:
                "\(Self.time()) \(event.level) \(label): \(event.message)"
                    + fields.map { " \($0.0)=\(Self.quoted($0.1))" }.joined() + "\n"
            case .json:
                "{\"time\":\"\(Self.time())\",\"level\":\"\(event.level)\",\"logger\":\(Self.quoted(label, always: true)),"
                    + "\"message\":\(Self.quoted("\(event.message)", always: true))"
                    + fields.map { ",\(Self.quoted($0.0, always: true)):\(Self.quoted($0.1, always: true))" }.joined()
                    + "}\n"
            }
        // One write a line: lines of several processes on one terminal do not mix.
        _ = line.withCString { write(2, $0, strlen($0)) }
    }

    private static func time() -> String {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        var parts = tm()
        gmtime_r(&now.tv_sec, &parts)
        func two(_ value: some BinaryInteger) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let milliseconds = String(1000 + now.tv_nsec / 1_000_000).dropFirst()
        return
            "\(parts.tm_year + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))T\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)).\(milliseconds)Z"
    }

    /// Values from outside must not be able to forge lines or fields.
    private static func quoted(_ text: String, always: Bool = false) -> String {
        let isPlain =
            !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x22 && $0 != 0x5C && $0 != 0x3D }
        if isPlain, !always { return text }
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            default:
                if scalar.value < 0x20 || scalar.value == 0x7F {
                    let digits = String(scalar.value, radix: 16)
                    result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                } else {
                    result.unicodeScalars.append(scalar)
                }
            }
        }
        return result + "\""
    }
}
