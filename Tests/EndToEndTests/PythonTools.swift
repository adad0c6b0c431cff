// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// Validators and oracles that run from Python, in the environment that `scripts/bootstrap test` makes.
enum PythonTools {
    static let missing: Comment = "no .tools/venv here; scripts/bootstrap test makes it"

    private static let folder = "\(Programs.repository)/.tools/venv/bin"

    static let arePresent = FileManager.default.isExecutableFile(atPath: "\(folder)/python")

    /// The path of a script that a package has installed. It is given to `run`, because the path of the interpreter that the
    /// script itself names may be another.
    static func script(_ name: String) -> String { "\(folder)/\(name)" }

    /// Runs Python to its end.
    /// - Returns: the exit status, and what it wrote to both standard streams.
    static func run(_ arguments: [String]) throws -> (status: Int32, output: String) {
        try execute("\(folder)/python", arguments)
    }

    /// Runs any program of ours or of the tools, in the repository's folder.
    static func execute(_ program: String, _ arguments: [String]) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: Programs.repository)
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let text = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: text, as: UTF8.self))
    }
}
