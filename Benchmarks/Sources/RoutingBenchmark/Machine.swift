// SPDX-License-Identifier: Apache-2.0

import Foundation

/// What the figures were taken on.
package struct Machine: Sendable, Codable {
    package var processor: String
    package var processors: Int
    package var memoryGiB: Int
    package var kernel: String
    package var version: String
    package var load: String
    /// Of the state of the sources, where they are known.
    package var commit: String
    /// Servers that take part, with their versions.
    package var servers: [String]

    /// - Parameter program: the `recto` that was measured.
    package init(program: String) {
        let information = Self.text("/proc/cpuinfo").split(separator: "\n").first { $0.hasPrefix("model name") }
        processor = information?.split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) } ?? "unknown"
        processors = ProcessInfo.processInfo.activeProcessorCount
        memoryGiB = Int(ProcessInfo.processInfo.physicalMemory >> 30)
        kernel = Self.text("/proc/sys/kernel/osrelease").trimmingCharacters(in: .whitespacesAndNewlines)
        commit = Self.output("/usr/bin/env", ["git", "rev-parse", "--short", "HEAD"])
        servers = [
            Self.output("/usr/bin/env", ["redis-server", "--version"]).split(separator: " ").prefix(3)
                .joined(separator: " "),
            Self.output("/usr/bin/env", ["nginx", "-v"]),
        ].filter { !$0.isEmpty }
        load = Self.text("/proc/loadavg").split(separator: " ").prefix(3).joined(separator: " ")
        let built = try? FileManager.default.attributesOfItem(atPath: program)[.modificationDate] as? Date
        version = "\(Self.output(program, ["--version"])), built \(built?.formatted(.iso8601) ?? "at an unknown time")"
    }

    private static func text(_ path: String) -> String {
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    private static func output(_ program: String, _ arguments: [String]) -> String {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.standardOutput = pipe
        process.standardError = pipe
        guard (try? process.run()) != nil else { return "unknown" }
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { return "" }
        return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
