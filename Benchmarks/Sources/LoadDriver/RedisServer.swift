// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A Redis with nothing but memory: what architectures with a distributed cache keep tiles or documents in.
package final class RedisServer: Sendable {
    private let process: ChildProcess
    package let url: String

    package var processID: Int32 { process.id }

    private static let program = ["/usr/bin/redis-server", "/usr/local/bin/redis-server"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    package static var isInstalled: Bool { program != nil }

    /// - Parameter megabytes: beyond which what was used least goes.
    package init(megabytes: Int, folder: String) async throws {
        guard let program = Self.program else {
            throw ServedCluster.Failure("there is no redis-server: scripts/bootstrap bench installs it")
        }
        let port = try await FreePort.find()
        process = try ChildProcess(
            program,
            [
                "--port", "\(port)", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--daemonize", "no",
                "--maxmemory", "\(megabytes)mb", "--maxmemory-policy", "allkeys-lru", "--dir", folder,
            ])
        url = "redis://127.0.0.1:\(port)"
        try await FreePort.answered(port)
    }

    package func stop() { process.kill9() }
}
