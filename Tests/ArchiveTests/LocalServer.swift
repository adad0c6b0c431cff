// SPDX-License-Identifier: Apache-2.0

import Archive
import Foundation
import Glibc
import Synchronization

/// A real server as a child process at a free port of the loopback address. It ends with its owner, and also where the
/// tests end in whatever way: a guard waits for the end of its input.
final class LocalServer: Sendable {
    let port: Int
    private let process: Process
    private let input: Pipe
    /// A sibling that inherits the end of a guard's input keeps that guard waiting for ever: no child is started between the
    /// making of a pipe and its marking.
    private static let starting = Mutex(())

    var url: String { "http://127.0.0.1:\(port)" }

    static let repository: String = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    static let tools = "\(repository)/.tools/venv/bin"
    static let haveTools = FileManager.default.isExecutableFile(atPath: "\(tools)/python")

    /// SIGKILL: a child inherits which signals the thread blocks that starts it, SIGTERM among them.
    private static let guardian =
        #""$@" </dev/null >/dev/null 2>&1 & p=$!; cat >/dev/null; kill -9 $p; wait $p; rm -rf "$GONE"; :"#

    /// - Parameters:
    ///   - folder: goes when the server has ended.
    ///   - command: of the port.
    init(removing folder: String = "", _ command: (Int) throws -> [String]) async throws {
        port = try Self.freePort()
        let arguments = ["-c", Self.guardian, "sh"] + (try command(port))
        (process, input) = try Self.starting.withLock { _ in
            let (process, input) = (Process(), Pipe())
            _ = fcntl(input.fileHandleForWriting.fileDescriptor, F_SETFD, FD_CLOEXEC)
            process.executableURL = URL(fileURLWithPath: "/bin/sh")
            process.arguments = arguments
            process.environment = ProcessInfo.processInfo.environment.merging(["GONE": folder]) { $1 }
            process.standardInput = input
            process.standardOutput = FileHandle.nullDevice
            process.standardError = FileHandle.nullDevice
            try process.run()
            return (process, input)
        }
        let deadline = ContinuousClock.now + .seconds(60)
        while !Self.answers(port) {
            guard process.isRunning, ContinuousClock.now < deadline else {
                throw ArchiveError.failed("a server does not start: \(try command(port))")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    deinit { try? input.fileHandleForWriting.close() }

    private static func socketAddress(_ port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }

    private static func withSocket(
        _ port: Int, _ body: (CInt, UnsafePointer<sockaddr>, socklen_t) -> CInt
    ) -> (status: CInt, port: Int) {
        let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = socketAddress(port)
        return withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                var size = socklen_t(MemoryLayout<sockaddr_in>.size)
                let status = body(descriptor, pointer, size)
                var bound = sockaddr_in()
                _ = withUnsafeMutablePointer(to: &bound) { bound in
                    bound.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &size) }
                }
                return (status, Int(in_port_t(bigEndian: bound.sin_port)))
            }
        }
    }

    private static func freePort() throws -> Int {
        let (status, port) = withSocket(0) { bind($0, $1, $2) }
        guard status == 0 else { throw ArchiveError.failed("no free port") }
        return port
    }

    private static func answers(_ port: Int) -> Bool { withSocket(port) { connect($0, $1, $2) }.status == 0 }
}

/// Servers that take long to start, one of each for all tests.
actor SharedServers {
    static let shared = SharedServers()
    private var servers: [String: Task<LocalServer, any Error>] = [:]

    func server(
        _ name: String, removing folder: String = "", _ command: @escaping @Sendable (Int) throws -> [String]
    ) async throws -> LocalServer {
        let task = servers[name] ?? Task { try await LocalServer(removing: folder, command) }
        servers[name] = task
        return try await task.value
    }
}
