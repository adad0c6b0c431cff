// SPDX-License-Identifier: Apache-2.0

import Archive
import Cluster
import HTTPService
import RenderPool
import TileModel
import TileService

/// What the cluster port of a portal or node does.
struct ServiceMember: ClusterMember {
    let id: String
    let role: MemberRole
    let incarnation: Int
    let address: String
    let clusterAddress: String
    let weight: Int?
    let life: MemberLife
    let service: DocumentService
    /// Nil where members do not share what they read.
    let sharing: SharedOpening?

    /// As many hot documents as a router warms elsewhere when this member goes.
    private static let hotDocuments = 32

    var state: MemberState {
        // Every router asks four times a second: nobody who reads the metrics elsewhere finds them old.
        service.recordMetrics()
        let pool = service.pool.status
        return MemberState(
            id: id, incarnation: incarnation, role: role, status: life.status, address: address,
            clusterAddress: clusterAddress, load: pool.running + pool.waiting, capacity: pool.workers, weight: weight,
            age: life.age, openDocuments: pool.openDocuments, workerBytes: pool.allocatedBytes,
            tileCacheBytes: service.tileCacheUsage.bytes,
            hot: service.holdings.hottest(Self.hotDocuments).map(\.pathSegment),
            rendering: service.rendering,
            tiles: TileCount(hits: service.tileLookUps.hits, misses: service.tileLookUps.misses),
            routers: life.routers())
    }

    func warm(_ document: DocumentReference, _ message: WarmMessage) async {
        guard life.status <= .ready else { return }
        await sharing?.prepare(document, message)
        await service.warm(document)
        await sharing?.finish(document, message)
    }

    func blocks(_ query: BlockQuery, for asker: String?) async -> (@Sendable (BodyWriter) async throws -> Void)? {
        guard sharing != nil else { return nil }
        let held: HeldBlocks? = await service.blocks.held(
            query.document, size: query.size, fileName: query.name, query.ranges,
            // Of two who ask each other for the same block at the same time, the one whose name comes first reads it.
            waitsForAsking: asker.map { id < $0 } ?? false)
        guard let held else { return nil }
        return { writer in try await held.send { try await writer.write($0) } }
    }

    func object(_ document: DocumentID) async -> KnownObject? {
        guard sharing != nil else { return nil }
        return await service.distantObject(document).map { KnownObject($0.object, age: $0.age) }
    }

    func drain() { life.advance(to: .draining) }

    func purge(_ selection: DocumentSelection, event: String?) async { await service.purge(selection, event: event) }

    func caches(_ selection: DocumentSelection, limit: Int) async -> CacheReport {
        let layers = service.layers
        return CacheReport(
            layers: layers.map { CacheReport.Layer($0) },
            documents: await CacheReport.documents(of: layers, selection, most: limit))
    }

    func holding(of document: DocumentID) -> DocumentHolding {
        let account = service.holdings[document]
        return DocumentHolding(
            id: id, role: role, open: service.holdsOpen(document), archiveOpens: account.archiveOpens,
            archiveReads: account.archiveReads, archiveBytes: account.archiveBytes)
    }

    func asked(by router: String, saw status: MemberStatus, view: String?) {
        life.asked(by: router, saw: status, view: view)
    }

    func handedOver(by router: String, standing: Double) { life.handedOver(by: router, standing: standing) }
}
