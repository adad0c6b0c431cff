// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc

/// A server beside the cluster: a child process at a free port that ends with its owner, or with the tests.
final class GuardedServer: Sendable {
    let port: Int
    var url: String { "http://127.0.0.1:\(port)" }

    private let process = Process()
    private let input = Pipe()
    /// SIGKILL: a child inherits which signals the thread blocks that starts it, SIGTERM among them.
    private static let guardian = #""$@" </dev/null >/dev/null 2>&1 & p=$!; cat >/dev/null; kill -9 $p; wait $p"#

    struct NotStarted: Error {}

    /// - Parameters:
    ///   - port: where an earlier one was; nil: any free one.
    ///   - command: of the port.
    init(port: Int? = nil, _ command: (Int) -> [String]) async throws {
        self.port = port ?? Self.tryPort(0, bind)
        // A sibling that inherited it would keep the guard waiting for ever.
        _ = fcntl(input.fileHandleForWriting.fileDescriptor, F_SETFD, FD_CLOEXEC)
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", Self.guardian, "sh"] + command(self.port)
        process.standardInput = input
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        let deadline = ContinuousClock.now + .seconds(60)
        while Self.tryPort(self.port, connect) < 0 {
            guard ContinuousClock.now < deadline else { throw NotStarted() }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Returns once nobody answers any more.
    func stop() {
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
    }

    deinit { try? input.fileHandleForWriting.close() }

    /// - Returns: the port of the socket, negative where it could not be bound or connected.
    private static func tryPort(
        _ port: Int, _ call: (CInt, UnsafePointer<sockaddr>, socklen_t) -> CInt
    ) -> Int {
        let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
                var size = socklen_t(MemoryLayout<sockaddr_in>.size)
                guard call(descriptor, raw, size) == 0 else { return -1 }
                return getsockname(descriptor, raw, &size) == 0 ? 1 : -1
            }
        } < 0 ? -1 : (port > 0 ? port : Int(in_port_t(bigEndian: address.sin_port)))
    }
}
