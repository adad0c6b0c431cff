// SPDX-License-Identifier: Apache-2.0

import Foundation
import LoadDriver

/// A program of somebody else's that serves, with all that it starts: a process group of its own, ended as a whole.
final class ServerProcess: @unchecked Sendable {
    private let process = Process()
    private let log: String

    /// - Parameters:
    ///   - program: a path, or a name to look for on the `PATH`.
    ///   - log: a file for what it says.
    init(_ program: String, _ arguments: [String], environment: [String: String] = [:], log: String) throws {
        self.log = log
        process.executableURL = URL(fileURLWithPath: try Self.found(program))
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        _ = FileManager.default.createFile(atPath: log, contents: nil)
        let output = FileHandle(forWritingAtPath: log)
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = output
        try process.run()
    }

    var processID: Int32 { process.processIdentifier }

    /// Returns when the port answers anything to a request for the path that `isReady` is content with.
    func untilAnswers(_ port: Int, _ path: String, isReady: (PlainClient.Answer) -> Bool) async throws {
        let end = ContinuousClock.now + .seconds(20)
        while true {
            let answer = try? await PlainClient.send(host: "127.0.0.1", port: port, path: path)
            if let answer, isReady(answer) { return }
            guard process.isRunning, ContinuousClock.now < end else {
                let text = FileManager.default.contents(atPath: log).map { String(decoding: $0, as: UTF8.self) } ?? ""
                throw ServedCluster.Failure("\(process.executableURL?.path ?? "") does not serve \(path): \(text)")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    func stop() {
        // Foundation gives every child a process group of its own.
        kill(-processID, SIGKILL)
        process.waitUntilExit()
    }

    /// The path of a program.
    /// - Throws: where it is not installed.
    static func found(_ program: String) throws -> String {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
        let places = program.contains("/") ? [program] : (folders + ["/usr/sbin"]).map { $0 + "/" + program }
        guard let place = places.first(where: FileManager.default.isExecutableFile(atPath:)) else {
            throw ServedCluster.Failure("\(program) is not there: run scripts/bootstrap bench")
        }
        return place
    }

    /// A port of the loopback address that nobody has now.
    static func freePort() throws -> Int {
        let probe = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(probe) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(probe, $0, length) == 0 ? getsockname(probe, $0, &length) : -1
            }
        }
        guard result == 0 else { throw ServedCluster.Failure("there is no free port") }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}
