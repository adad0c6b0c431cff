// SPDX-License-Identifier: Apache-2.0

import Foundation
import LoadDriver

extension Peer {
    /// HAProxy in front of our nodes: consistent hashing of the document with bounded load, as near to our router as its
    /// settings come.
    static let haproxy = Peer(
        name: "haproxy", title: "HAProxy before our nodes", workload: .pdf, caches: [.off, .on]
    ) { scene in
        // The nodes belong to no router: nobody listens where they report.
        let nodes = RoleCluster(program: scene.plan.program, archive: ["--join", "127.0.0.1:1"] + scene.memberOptions)
        do {
            let addresses = try (0..<scene.plan.processes).map { try nodes.addNode("node-\($0 + 1)").url.dropFirst(7) }
            let port = try ServerProcess.freePort()
            let file = scene.folder + "/haproxy.cfg"
            try configuration(port: port, servers: addresses).write(toFile: file, atomically: true, encoding: .utf8)
            let proxy = try ServerProcess("haproxy", ["-db", "-q", "-f", file], log: scene.folder + "/haproxy.log")
            try await proxy.untilAnswers(port, "/readyz") { $0.status == 200 }
            return RunningPeer(
                target: LoadTarget(doors: [("127.0.0.1", port)]),
                processes: { [proxy.processID] + nodes.nodes.map(\.processID) }, path: scene.versioned,
                stop: {
                    proxy.stop()
                    nodes.stop()
                })
        } catch {
            nodes.stop()
            throw error
        }
    }

    private static func configuration(port: Int, servers: [Substring]) -> String {
        let lines = servers.enumerated().map { "  server node-\($0 + 1) \($1) check inter 250" }.joined(separator: "\n")
        return """
            defaults
              mode http
              timeout connect 1s
              timeout client 75s
              timeout server 30s
              option http-keep-alive
              http-reuse safe
            frontend door
              bind 127.0.0.1:\(port)
              default_backend nodes
            backend nodes
              balance uri depth 2
              hash-type consistent
              hash-balance-factor 125
              option httpchk GET /readyz
            \(lines)

            """
    }
}
