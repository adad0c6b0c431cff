// SPDX-License-Identifier: Apache-2.0

import Foundation

/// An nginx that answers every request of readers out of two files: what the driver itself can do is measured against it.
package final class StaticServer: Sendable {
    private let process: ChildProcess
    package let url: String

    private static let program = ["/usr/sbin/nginx", "/usr/bin/nginx", "/usr/local/sbin/nginx"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    package static var isInstalled: Bool { program != nil }

    /// As large as most tiles, and most structures with their previews.
    private static let (tileBytes, structureBytes) = (30_000, 60_000)

    /// - Parameter folder: one of its own, for the files and what nginx writes.
    package init(folder: String) async throws {
        guard let program = Self.program else { throw ServedCluster.Failure("there is no nginx") }
        // nginx takes what is relative for part of its own folder.
        let folder = URL(fileURLWithPath: folder).path
        let port = try await FreePort.find()
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data(repeating: 0x55, count: Self.tileBytes).write(to: URL(fileURLWithPath: folder + "/tile"))
        let padding = String(repeating: "A", count: Self.structureBytes)
        try Data("{\"version\":\"1\"}\n{\"event\":\"preview\",\"data\":\"\(padding)\"}\n".utf8)
            .write(to: URL(fileURLWithPath: folder + "/structure"))
        try Data(Self.configuration(port: port, folder: folder).utf8)
            .write(to: URL(fileURLWithPath: folder + "/nginx.conf"))
        process = try ChildProcess(program, ["-p", folder, "-c", folder + "/nginx.conf"])
        url = "http://127.0.0.1:\(port)"
        try await FreePort.answered(port)
    }

    package func stop() { process.kill9() }

    private static func configuration(port: Int, folder: String) -> String {
        """
        daemon off; master_process off; pid \(folder)/pid; error_log \(folder)/error.log;
        events { worker_connections 4096; }
        http {
          access_log off; keepalive_requests 1000000; tcp_nodelay on;
          client_body_temp_path \(folder); proxy_temp_path \(folder); fastcgi_temp_path \(folder);
          uwsgi_temp_path \(folder); scgi_temp_path \(folder);
          server {
            listen 127.0.0.1:\(port) backlog=1024;
            root \(folder);
            location /documents/ { try_files /structure =404; }
            location / { try_files /tile =404; }
          }
        }
        """
    }
}
