// SPDX-License-Identifier: Apache-2.0

import LoadDriver

/// A server of tiles that can be measured.
///
/// **Adding one:** a file in `Peers/` and a line in `all`.
package struct Peer: Sendable {
    package enum TileCache: String, Sendable, Codable, CaseIterable {
        case off
        case on
    }

    package let name: String
    package let title: String
    package let workload: PeerWorkload
    /// With which the server is measured. One that only has finished tiles has it on.
    let caches: [TileCache]
    let start: @Sendable (PeerScene) async throws -> RunningPeer

    package static let all: [Peer] = [
        .recto(.pdf), .haproxy, .python(keepsOpen: true), .python(keepsOpen: false), .files, .recto(.tiff), .iipsrv,
    ]

    /// The one to which the others are compared.
    package static func isOurs(_ name: String) -> Bool { name == "recto" }
}

/// What a server is started for.
struct PeerScene: Sendable {
    let plan: PeerPlan
    let workload: PeerWorkload
    let cache: Peer.TileCache
    /// That will be asked for, with the mark where a version goes.
    let trace: Trace
    /// Versions of the documents, by their place in the trace.
    let versions: [Int: String]
    /// For configurations, logs and finished tiles of this run; removed afterwards.
    let folder: String

    var cacheMegabytes: Int { cache == .on ? plan.cache : 0 }
    /// A quarter for pyramids: iipsrv takes a connection for each request and falls behind with more.
    var replays: Int { workload == .pdf ? plan.replays : max(1, plan.replays / 4) }
    var documents: String { workload == .pdf ? plan.documents : plan.pyramids }

    /// The product's own address of a tile.
    func versioned(_ request: PlannedRequest) -> String { request.path(version: versions[request.document] ?? "") }

    /// The address without a version.
    func unversioned(_ request: PlannedRequest) -> String {
        request.path.split(separator: "@*", maxSplits: 1).joined()
    }
}

/// A server that has started and is ready.
struct RunningPeer: Sendable {
    let target: LoadTarget
    /// Its processes; what those started counts with them.
    let processes: @Sendable () -> [Int32]
    /// The address of a tile.
    let path: @Sendable (PlannedRequest) -> String
    let stop: @Sendable () -> Void
}
