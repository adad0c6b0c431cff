// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc

/// A router, portal or node of the built program, as a process of its own.
final class SeparateRole: Sendable {
    let process = Process()
    private let output = Pipe()

    static let secret = "a secret of more than sixteen characters"
    static let ports = ["--port", "0", "--cluster-port", "0"]

    init(_ arguments: [String]) throws {
        process.executableURL = URL(fileURLWithPath: "\(Programs.folder)/recto")
        process.arguments = arguments + ["--log", "json"]
        process.environment = ProcessInfo.processInfo.environment.merging(["RECTO_CLUSTER_SECRET": Self.secret]) { $1 }
        process.standardError = output
        process.standardInput = FileHandle.nullDevice
        try process.run()
    }

    deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

    /// The addresses that the role logs once it listens. To be called once.
    func listening() throws -> [String: String] {
        var line = Data()
        while let byte = try output.fileHandleForReading.read(upToCount: 1), !byte.isEmpty {
            guard byte == Data("\n".utf8) else {
                line += byte
                continue
            }
            if let entry = try? JSONDecoder().decode([String: String].self, from: line),
                entry["message"] == "listening"
            {
                output.fileHandleForReading.readabilityHandler = { _ = $0.availableData }
                return entry
            }
            line = Data()
        }
        throw RunningCluster.NotStarted(log: String(decoding: line, as: UTF8.self))
    }

    /// Ends it as an orchestrator does, and returns how it ended.
    func stop() -> Int32 {
        kill(process.processIdentifier, SIGTERM)
        process.waitUntilExit()
        return process.terminationStatus
    }

    /// Ends it without a word.
    func kill9() {
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }
}

/// Asks until the answer is as wanted, for ten seconds at most, and returns the last one.
func eventually<Value: Sendable>(
    _ ask: () async throws -> Value, until isWanted: (Value) -> Bool
) async rethrows -> Value {
    let deadline = ContinuousClock.now + .seconds(10)
    var value = try await ask()
    while !isWanted(value), ContinuousClock.now < deadline {
        try? await Task.sleep(for: .milliseconds(20))
        value = try await ask()
    }
    return value
}
