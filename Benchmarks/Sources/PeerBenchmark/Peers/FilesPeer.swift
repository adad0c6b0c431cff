// SPDX-License-Identifier: Apache-2.0

import Foundation
import LoadDriver

extension Peer {
    /// nginx with the finished tiles as files: what serving costs where nothing else is done.
    static let files = Peer(
        name: "nginx-files", title: "nginx, finished tiles as files", workload: .pdf, caches: [.on]
    ) { scene in
        let tiles = try await FinishedTiles(scene)
        let port = try ServerProcess.freePort()
        let nginx = try NginxConfiguration(folder: scene.folder, port: port, locations: "").start()
        do {
            try await nginx.untilAnswers(port, "/ready") { $0.status == 200 }
        } catch {
            nginx.stop()
            throw error
        }
        return RunningPeer(
            target: LoadTarget(doors: [("127.0.0.1", port)]), processes: { [nginx.processID] },
            path: { tiles.paths[$0.path] ?? "/" }, stop: nginx.stop)
    }
}

/// The tiles of a scene as files of its folder, drawn by a node of ours.
private struct FinishedTiles {
    /// Of the file, by the planned path.
    private(set) var paths: [String: String] = [:]

    init(_ scene: PeerScene) async throws {
        let nodes = RoleCluster(program: scene.plan.program, archive: ["--join", "127.0.0.1:1"] + scene.memberOptions)
        defer { nodes.stop() }
        guard let door = LoadTarget(urls: [try nodes.addNode("node-1").url])?.doors.first else { return }
        for request in scene.trace.requests where paths[request.path] == nil {
            let name = "/\(paths.count).\(request.path.split(separator: ".").last ?? "")"
            let answer = try await PlainClient.patiently(door, scene.versioned(request))
            guard answer.status == 200 else {
                throw ServedCluster.Failure("\(scene.versioned(request)) was answered with \(answer.status)")
            }
            try Data(answer.body).write(to: URL(fileURLWithPath: scene.folder + name))
            paths[request.path] = name
        }
    }
}
