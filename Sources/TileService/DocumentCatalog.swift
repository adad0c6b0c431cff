// SPDX-License-Identifier: Apache-2.0

import Archive
import Synchronization
import TileCache
import TileModel

/// Which version of each document is believed current, and who may see it where the archive decides that.
///
/// A request that pins the version believed current never asks the archive; one that pins another asks at once; one that
/// pins none asks at most once per `interval`. However many wait, one request goes out. On behalf of callers the archive
/// is asked at least once per `interval` for each of them, whatever is pinned: they may have lost the right meanwhile.
final class DocumentCatalog: Sendable {
    private struct Belief {
        var object: ArchiveObject
        var checked: ContinuousClock.Instant
    }

    private struct Question: Hashable {
        let document: DocumentID
        let caller: CallerCredential?
    }

    private struct State {
        var beliefs: [DocumentID: [CallerCredential?: Belief]] = [:]
        var count = 0
        /// When documents were purged, of which others may still believe what they were told before.
        var purged: [DocumentID: ContinuousClock.Instant] = [:]

        mutating func forget(_ document: DocumentID) { count -= beliefs.removeValue(forKey: document)?.count ?? 0 }
    }

    private let archive: any DocumentArchive
    private let interval: Duration
    private let state = Mutex(State())
    private let flights = SingleFlight<Question, ArchiveObject>()

    /// Beliefs are cheap to come by again; this bounds their memory to some ten megabytes.
    private static let mostBeliefs = 50_000
    /// Others have been told of a purge in milliseconds.
    private static let mostPurged = 1_000

    init(archive: any DocumentArchive, interval: Duration) {
        self.archive = archive
        self.interval = interval
    }

    /// The document that the reference means, where that is known without asking.
    func believed(_ reference: DocumentReference, for caller: CallerCredential? = nil) -> PinnedDocument? {
        guard let belief = state.withLock({ $0.beliefs[reference.document]?[caller] }) else { return nil }
        if let version = reference.version, version != belief.object.version { return nil }
        if reference.version == nil || caller != nil {
            guard belief.checked + interval > .now else { return nil }
        }
        return PinnedDocument(reference.document, belief.object.version)
    }

    /// The document that the reference means.
    /// - Throws: `ArchiveError`: `notFound`, or `versionGone` where the reference pins a version that is not current.
    func resolve(_ reference: DocumentReference, for caller: CallerCredential? = nil) async throws -> PinnedDocument {
        if let believed = believed(reference, for: caller) { return believed }
        let object = try await check(reference.document, for: caller)
        guard reference.version == nil || reference.version == object.version else { throw ArchiveError.versionGone }
        return PinnedDocument(reference.document, object.version)
    }

    /// Asks the archive.
    func check(_ document: DocumentID, for caller: CallerCredential? = nil) async throws -> ArchiveObject {
        try await flights.value(for: Question(document: document, caller: caller)) { [self] in
            do {
                let object = try await archive.stat(document, for: caller)
                remember(object, for: caller)
                return object
            } catch let error as ArchiveError where [.notFound, .forbidden, .unauthenticated].contains(error) {
                forget(document, for: caller)
                throw error
            }
        }
    }

    /// Bytes of this version. Asks the archive only where what it said was forgotten.
    /// - Throws: `ArchiveError`.
    func size(of document: PinnedDocument) async throws -> Int {
        if let known = lastKnown(document.document), known.version == document.version { return known.size }
        let object = try await check(document.document)
        guard object.version == document.version else { throw ArchiveError.versionGone }
        return object.size
    }

    /// What the archive said last to anybody, however long ago.
    func lastKnown(_ document: DocumentID) -> ArchiveObject? {
        state.withLock { $0.beliefs[document]?.values.max { $0.checked < $1.checked }?.object }
    }

    /// The same, and how long ago that was.
    func told(_ document: DocumentID) -> (object: ArchiveObject, age: Duration)? {
        let belief = state.withLock { $0.beliefs[document]?.values.max { $0.checked < $1.checked } }
        return belief.map { ($0.object, $0.checked.duration(to: .now)) }
    }

    /// Takes over what the archive told another member so long ago, unless it has told something later here.
    func adopt(_ object: ArchiveObject, age: Duration) {
        let checked = ContinuousClock.now - age
        let isOlder = state.withLock { state in
            let latest = [state.beliefs[object.document]?[nil]?.checked, state.purged[object.document]]
            return latest.contains { $0.map { $0 >= checked } ?? false }
        }
        guard !isOlder else { return }
        remember(object, for: nil, checked: checked)
    }

    func forget(_ document: DocumentID) {
        state.withLock { state in
            state.forget(document)
            if state.purged.count >= Self.mostPurged { state.purged = [:] }
            state.purged[document] = .now
        }
    }

    private func forget(_ document: DocumentID, for caller: CallerCredential?) {
        state.withLock { state in
            if state.beliefs[document]?.removeValue(forKey: caller) != nil { state.count -= 1 }
            if state.beliefs[document]?.isEmpty == true { state.beliefs[document] = nil }
        }
    }

    private func remember(
        _ object: ArchiveObject, for caller: CallerCredential?, checked: ContinuousClock.Instant = .now
    ) {
        state.withLock { state in
            if state.count >= Self.mostBeliefs, let victim = state.beliefs.keys.first { state.forget(victim) }
            let belief = Belief(object: object, checked: checked)
            if state.beliefs[object.document, default: [:]].updateValue(belief, forKey: caller) == nil {
                state.count += 1
            }
        }
    }
}
