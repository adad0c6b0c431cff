// SPDX-License-Identifier: Apache-2.0

import Foundation
package import LoadDriver

/// All servers after one another, several times.
package struct PeerCampaign {
    package struct Cell: Sendable {
        package let peer: Peer
        package let cache: Peer.TileCache
        package let repetition: Int
    }

    package let plan: PeerPlan
    private let peers: [Peer]
    private let shapes: [PeerWorkload: [DocumentShape]]
    /// By the document's name, for each kind of work.
    private let versions: [PeerWorkload: [String: String]]
    /// For what the servers need on disk; removed by the caller.
    private let folder: String

    package init(
        plan: PeerPlan, peers: [Peer], shapes: [PeerWorkload: [DocumentShape]],
        versions: [PeerWorkload: [String: String]],
        folder: String
    ) {
        self.plan = plan
        self.peers = peers
        self.shapes = shapes
        self.versions = versions
        self.folder = folder
    }

    /// Repetitions outside, and every other one backwards, so that a machine that changes its mood does it to all.
    package var cells: [Cell] {
        (0..<plan.repetitions).flatMap { repetition in
            let cells = Peer.TileCache.allCases.flatMap { cache in
                peers.filter { $0.caches.contains(cache) && shapes[$0.workload]?.isEmpty == false }
                    .map { Cell(peer: $0, cache: cache, repetition: repetition) }
            }
            return repetition % 2 == 0 ? cells : cells.reversed()
        }
    }

    /// - Parameter progress: called before each run with its number and how many there are.
    package func run(progress: (Cell, Int, Int) -> Void) async throws -> [PeerFigures] {
        let cells = cells
        var figures: [PeerFigures] = []
        for (place, cell) in cells.enumerated() {
            progress(cell, place, cells.count)
            let own = folder + "/run-\(place)"
            try FileManager.default.createDirectory(
                atPath: own, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
            let run = PeerRun(peer: cell.peer, scene: scene(cell, own))
            figures.append(try await run.figures(repetition: cell.repetition))
            try FileManager.default.removeItem(atPath: own)
        }
        return figures
    }

    private func scene(_ cell: Cell, _ folder: String) -> PeerScene {
        let workload = cell.peer.workload
        let trace = workload.trace(shapes[workload] ?? [], plan: plan, repetition: cell.repetition)
        var known: [Int: String] = [:]
        for (place, shape) in trace.documents.enumerated() { known[place] = versions[workload]?[shape.path] }
        return PeerScene(
            plan: plan, workload: workload, cache: cell.cache, trace: trace, versions: known, folder: folder)
    }
}
