// SPDX-License-Identifier: Apache-2.0

import Archive
import Synchronization
import TileCache
import TileModel

/// Which version of each document is believed current.
///
/// A request that pins the version believed current never asks the archive; one that pins another asks at once; one that
/// pins none asks at most once per `interval`. However many wait, one request goes out.
final class DocumentCatalog: Sendable {
    private struct Belief {
        var object: ArchiveObject
        var checked: ContinuousClock.Instant
    }

    private let archive: any DocumentArchive
    private let metrics: ArchiveMetrics
    private let interval: Duration
    private let beliefs = Mutex<[DocumentID: Belief]>([:])
    private let flights = SingleFlight<DocumentID, ArchiveObject>()

    /// Beliefs are cheap to come by again; this bounds their memory to some ten megabytes.
    private static let mostBeliefs = 50_000

    init(archive: any DocumentArchive, metrics: ArchiveMetrics, interval: Duration) {
        self.archive = archive
        self.metrics = metrics
        self.interval = interval
    }

    /// The document that the reference means, where that is known without asking.
    func believed(_ reference: DocumentReference) -> PinnedDocument? {
        let belief = beliefs.withLock { $0[reference.document] }
        guard let belief else { return nil }
        if let version = reference.version {
            guard version == belief.object.version else { return nil }
        } else {
            guard belief.checked + interval > .now else { return nil }
        }
        return PinnedDocument(reference.document, belief.object.version)
    }

    /// The document that the reference means.
    /// - Throws: `ArchiveError`: `notFound`, or `versionGone` where the reference pins a version that is not current.
    func resolve(_ reference: DocumentReference) async throws -> PinnedDocument {
        if let believed = believed(reference) { return believed }
        let object = try await check(reference.document)
        guard reference.version == nil || reference.version == object.version else { throw ArchiveError.versionGone }
        return PinnedDocument(reference.document, object.version)
    }

    /// Asks the archive.
    func check(_ document: DocumentID) async throws -> ArchiveObject {
        try await flights.value(for: document) { [self] in
            do {
                let object = try await metrics.measure(.stat) { try await archive.stat(document) }
                remember(object)
                return object
            } catch ArchiveError.notFound {
                forget(document)
                throw ArchiveError.notFound
            }
        }
    }

    /// What the archive said last, however long ago.
    func lastKnown(_ document: DocumentID) -> ArchiveObject? { beliefs.withLock { $0[document]?.object } }

    func forget(_ document: DocumentID) { beliefs.withLock { _ = $0.removeValue(forKey: document) } }

    private func remember(_ object: ArchiveObject) {
        beliefs.withLock { beliefs in
            if beliefs.count >= Self.mostBeliefs, let victim = beliefs.keys.first { beliefs[victim] = nil }
            beliefs[object.document] = Belief(object: object, checked: .now)
        }
    }
}
