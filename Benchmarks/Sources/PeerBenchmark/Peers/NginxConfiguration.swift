// SPDX-License-Identifier: Apache-2.0

import Foundation

/// nginx as one worker without a log of requests, everything it writes in one folder.
struct NginxConfiguration {
    let folder: String
    let port: Int
    /// Of the `http` block, before the server.
    var upstreams = ""
    /// Of the `server` block.
    var locations: String

    /// Starts it. The caller waits for what it needs.
    func start() throws -> ServerProcess {
        let file = folder + "/nginx.conf"
        try text.write(toFile: file, atomically: true, encoding: .utf8)
        return try ServerProcess(
            "nginx", ["-p", folder, "-e", folder + "/error.log", "-c", file], log: folder + "/nginx.log")
    }

    /// nginx gives up the rights of root, and with them the folder.
    private var user: String { geteuid() == 0 ? "user root;" : "" }

    private var text: String {
        """
        \(user) daemon off; worker_processes 1; pid \(folder)/nginx.pid;
        events { worker_connections 1024; }
        http {
          access_log off; sendfile on; tcp_nopush on; tcp_nodelay on; open_file_cache max=10000;
          keepalive_requests 1000000000; keepalive_timeout 75s;
          types { image/png png; image/jpeg jpg; }
          client_body_temp_path \(folder)/body; proxy_temp_path \(folder)/proxy;
          fastcgi_temp_path \(folder)/fastcgi; uwsgi_temp_path \(folder)/uwsgi; scgi_temp_path \(folder)/scgi;
          \(upstreams)
          server { listen 127.0.0.1:\(port); root \(folder); location = /ready { return 200; } \(locations) }
        }

        """
    }
}
