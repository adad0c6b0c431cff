// SPDX-License-Identifier: Apache-2.0

import Foundation
import LoadDriver

extension Peer {
    /// iipsrv, the image server of libraries and museums, behind nginx. A process of it does one request at a time.
    static let iipsrv = Peer(
        name: "iipsrv", title: "iipsrv behind nginx", workload: .tiff, caches: [.off, .on]
    ) { scene in
        let port = try ServerProcess.freePort()
        var servers: [ServerProcess] = []
        var addresses: [String] = []
        do {
            for number in 0..<scene.plan.processes {
                // A connection for each request: between ports of one address there would soon be none left.
                let address = scene.folder + "/iipsrv-\(number).socket"
                servers.append(
                    try ServerProcess(
                        program, ["--bind", address], environment: environment(scene),
                        log: scene.folder + "/iipsrv-\(number).log"))
                addresses.append(address)
            }
            servers.append(try front(scene, port, addresses).start())
            try await servers[servers.count - 1].untilAnswers(port, probe(scene)) { $0.status == 200 }
        } catch {
            for server in servers { server.stop() }
            throw error
        }
        let all = servers
        return RunningPeer(
            target: LoadTarget(doors: [("127.0.0.1", port)]), processes: { all.map(\.processID) },
            path: { withoutPage(scene.unversioned($0)) }, stop: { for server in all { server.stop() } })
    }

    private static let program = "/usr/lib/iipimage-server/iipsrv.fcgi"

    /// Quality as ours; no threads within a request, whose waiting would count against it.
    private static func environment(_ scene: PeerScene) -> [String: String] {
        [
            "FILESYSTEM_PREFIX": scene.documents + "/", "MAX_IMAGE_CACHE_SIZE": "\(scene.cacheMegabytes)",
            "JPEG_QUALITY": "80", "VERBOSITY": "0", "LOGFILE": "/dev/null", "OMP_NUM_THREADS": "1",
        ]
    }

    private static func front(_ scene: PeerScene, _ port: Int, _ servers: [String]) -> NginxConfiguration {
        NginxConfiguration(
            folder: scene.folder, port: port,
            upstreams:
                "upstream pictures { least_conn; \(servers.map { "server unix:\($0) max_fails=0;" }.joined(separator: " ")) }",
            locations: """
                location ~ ^/iiif/(.+)$ {
                  fastcgi_pass pictures; fastcgi_param QUERY_STRING IIIF=$1; fastcgi_param REQUEST_METHOD GET;
                  fastcgi_param SERVER_PROTOCOL HTTP/1.1; fastcgi_param HTTP_HOST $http_host;
                  fastcgi_param REQUEST_URI $request_uri;
                }
                """)
    }

    private static func probe(_ scene: PeerScene) -> String { "/iiif/\(scene.trace.documents[0].path)/info.json" }

    /// A file is one picture to it.
    private static func withoutPage(_ path: String) -> String {
        var parts = path.split(separator: "/", omittingEmptySubsequences: false)
        parts.remove(at: 3)
        return parts.joined(separator: "/")
    }
}
