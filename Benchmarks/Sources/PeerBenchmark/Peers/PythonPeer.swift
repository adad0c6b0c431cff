// SPDX-License-Identifier: Apache-2.0

import Foundation
import LoadDriver
import Synchronization

extension Peer {
    /// A tile server on pypdfium2, `Benchmarks/peers/tile_server.py`, behind uvicorn.
    static func python(keepsOpen: Bool) -> Peer {
        Peer(
            name: keepsOpen ? "python-open" : "python-reopen",
            title: "pypdfium2 behind uvicorn, " + (keepsOpen ? "keeps documents open" : "opens for each request"),
            workload: .pdf, caches: keepsOpen ? [.off, .on] : [.off]
        ) { scene in
            let port = try ServerProcess.freePort()
            let server = URL(fileURLWithPath: scene.plan.tileServer)
            let process = try ServerProcess(
                scene.plan.python,
                [
                    "-m", "uvicorn", "--app-dir", server.deletingLastPathComponent().path, "tile_server:application",
                    "--workers", "\(scene.plan.processes)", "--port", "\(port)", "--loop", "uvloop", "--http",
                    "httptools", "--no-access-log", "--log-level", "warning", "--timeout-keep-alive", "75",
                ],
                environment: [
                    "RECTO_PEER_FOLDER": scene.documents, "RECTO_PEER_OPEN": keepsOpen ? "64" : "0",
                    "RECTO_PEER_CACHE": "\(scene.cacheMegabytes)", "PYTHONDONTWRITEBYTECODE": "1",
                ], log: scene.folder + "/uvicorn.log")
            do {
                // They start one after the other.
                var seen: Set<[UInt8]> = []
                try await process.untilAnswers(port, "/process") { answer in
                    seen.insert(answer.body)
                    return seen.count == scene.plan.processes
                }
            } catch {
                process.stop()
                throw error
            }
            return RunningPeer(
                target: LoadTarget(doors: [("127.0.0.1", port)]), processes: { [process.processID] },
                path: scene.unversioned, stop: process.stop)
        }
    }
}
