// SPDX-License-Identifier: Apache-2.0

import Foundation
import LoadDriver

/// The host application as a process of its own: this program with its hidden command.
package final class HostProcess: Sendable {
    package static let command = "host-application"
    private let process: ChildProcess
    let url: String

    /// - Parameter processors: where it runs.
    init(processors: [Int]) async throws {
        let output = Pipe()
        let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        process = try ChildProcess(program, [Self.command], output: output, processors: processors)
        var line = Data()
        while !line.contains(UInt8(ascii: "\n")) {
            let more = output.fileHandleForReading.availableData
            guard !more.isEmpty else { throw ServedCluster.Failure("the host application did not start") }
            line += more
        }
        url = String(decoding: line.dropLast(), as: UTF8.self)
    }

    func stop() { process.kill9() }
}
