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
///
/// While the archive cannot be asked, what it said last counts for `staleFor`: to each caller only what it said to that one.
final class DocumentCatalog: Sendable {
    typealias Instant = ContinuousClock.Instant

    struct Configuration {
        var interval: Duration
        /// From the archive's last word on a document; zero: not at all.
        var staleFor: Duration = .seconds(900)
        var now: @Sendable () -> Instant = { .now }
    }

    private struct Belief {
        var object: ArchiveObject
        var checked: Instant
        /// Which answer of the archive it is; 0: told by another member.
        var answer = 0
    }

    private struct Question: Hashable {
        let document: DocumentID
        let caller: CallerCredential?
        /// Which answers may not be shared: those to questions from before a purge.
        let epoch: Int
    }

    /// Questions to the archive about one document that are under way.
    private struct Underway {
        var count = 0
        /// Counts purges.
        var epoch = 0
    }

    private struct State {
        let counts: LayerCounts
        var beliefs: [DocumentID: [CallerCredential?: Belief]] = [:]
        var count = 0
        /// Answers that have come.
        var answers = 0
        var underway: [DocumentID: Underway] = [:]
        var purges = PurgeTimes()

        mutating func remember(
            _ object: ArchiveObject, for caller: CallerCredential?, _ checked: Instant, answer: Int = 0
        ) {
            if count >= DocumentCatalog.mostBeliefs, let (victim, held) = beliefs.first {
                let age = held.values.map { $0.checked.duration(to: checked).components.seconds }.max() ?? 0
                counts.evicted(held.count, age: Int(age))
                forget(victim)
            }
            let belief = Belief(object: object, checked: checked, answer: answer)
            if beliefs[object.document, default: [:]].updateValue(belief, forKey: caller) == nil { count += 1 }
        }

        mutating func forget(_ document: DocumentID) { count -= beliefs.removeValue(forKey: document)?.count ?? 0 }
    }

    private let archive: any DocumentArchive
    private let configuration: Configuration
    private let counts: LayerCounts
    private let state: Mutex<State>
    private let flights = SingleFlight<Question, ArchiveObject>()

    /// Beliefs are cheap to come by again; this bounds their memory to some ten megabytes.
    private static let mostBeliefs = 50_000
    /// Of one belief, estimated.
    private static let beliefBytes = 250

    init(archive: any DocumentArchive, _ configuration: Configuration) {
        self.archive = archive
        self.configuration = configuration
        counts = LayerCounts(layer: "versions")
        state = Mutex(State(counts: counts))
    }

    // MARK: Answers

    /// The document that the reference means, where that can be told without asking.
    func believed(_ reference: DocumentReference, for caller: CallerCredential? = nil) -> ResolvedDocument? {
        believed(reference, caller, belief(reference.document, caller))
    }

    private func believed(
        _ reference: DocumentReference, _ caller: CallerCredential?, _ belief: Belief?
    ) -> ResolvedDocument? {
        guard let belief else { return nil }
        if let version = reference.version, version != belief.object.version { return nil }
        let isUnreachable = archive.outage(of: reference.document) != nil
        if reference.version == nil || caller != nil {
            let limit = isUnreachable ? max(configuration.interval, configuration.staleFor) : configuration.interval
            guard belief.checked + limit > configuration.now() else { return nil }
        }
        counts.hit()
        return ResolvedDocument(belief.object, isConfirmed: !isUnreachable)
    }

    /// The document that the reference means.
    /// - Throws: `ArchiveError`: `notFound`, or `versionGone` where the reference pins a version that is not current.
    func resolve(_ reference: DocumentReference, for caller: CallerCredential? = nil) async throws -> ResolvedDocument {
        let (belief, answers) = state.withLock { ($0.beliefs[reference.document]?[caller], $0.answers) }
        if let believed = believed(reference, caller, belief) { return believed }
        counts.missed()
        let object: ArchiveObject
        do {
            object = try await check(reference.document, for: caller, unlessAnsweredSince: answers)
        } catch let error as ArchiveError where error.isOutage {
            guard let stale = stale(reference, caller) else { throw error }
            return stale
        }
        guard reference.version == nil || reference.version == object.version else { throw ArchiveError.versionGone }
        return ResolvedDocument(object, isConfirmed: true)
    }

    /// What may be answered although the archive could not be asked.
    private func stale(_ reference: DocumentReference, _ caller: CallerCredential?) -> ResolvedDocument? {
        let now = configuration.now()
        if let belief = belief(reference.document, caller), belief.checked + configuration.staleFor > now,
            reference.version == nil || reference.version == belief.object.version
        {
            return ResolvedDocument(belief.object, isConfirmed: false)
        }
        // Whatever is cached of a version that is named is of that version, whoever has restarted meanwhile. Where the
        // archive decides rights, nobody has told that this caller has them.
        guard let version = reference.version, caller == nil, let outage = archive.outage(of: reference.document),
            outage.since + configuration.staleFor > now
        else { return nil }
        return ResolvedDocument(PinnedDocument(reference.document, version), size: nil, isConfirmed: false)
    }

    private func belief(_ document: DocumentID, _ caller: CallerCredential?) -> Belief? {
        state.withLock { $0.beliefs[document]?[caller] }
    }

    /// What the archive said last to anybody, however long ago.
    func lastKnown(_ document: DocumentID) -> ArchiveObject? {
        state.withLock { $0.beliefs[document]?.values.max { $0.checked < $1.checked }?.object }
    }

    // MARK: Questions

    /// Asks the archive.
    /// - Parameter answers: how many answers had come when the caller looked at them last: a later one to the same question
    ///   is what the archive would say.
    func check(
        _ document: DocumentID, for caller: CallerCredential? = nil, unlessAnsweredSince answers: Int? = nil
    ) async throws -> ArchiveObject {
        let epoch = state.withLock { $0.underway[document]?.epoch ?? 0 }
        let question = Question(document: document, caller: caller, epoch: epoch)
        return try await flights.value(for: question) { [self] in
            if let answers, let belief = belief(document, caller), belief.answer > answers { return belief.object }
            let epoch = begin(document)
            defer { end(document) }
            do {
                let object = try await archive.stat(document, for: caller)
                remember(object, for: caller, asked: epoch)
                return object
            } catch let error as ArchiveError where [.notFound, .forbidden, .unauthenticated].contains(error) {
                forget(document, for: caller)
                throw error
            }
        }
    }

    private func begin(_ document: DocumentID) -> Int {
        state.withLock { state in
            state.underway[document, default: Underway()].count += 1
            return state.underway[document]!.epoch
        }
    }

    private func end(_ document: DocumentID) {
        state.withLock { state in
            state.underway[document]?.count -= 1
            if state.underway[document]?.count == 0 { state.underway[document] = nil }
        }
    }

    /// The same, and how long ago that was.
    func told(_ document: DocumentID) -> (object: ArchiveObject, age: Duration)? {
        let belief = state.withLock { $0.beliefs[document]?.values.max { $0.checked < $1.checked } }
        return belief.map { ($0.object, $0.checked.duration(to: configuration.now())) }
    }

    /// Takes over what the archive told another member so long ago, unless it has told something later here, or a purge has
    /// come since: the other may not have heard of it yet.
    func adopt(_ object: ArchiveObject, age: Duration) {
        let checked = configuration.now() - age
        state.withLock { state in
            if let own = state.beliefs[object.document]?[nil], own.checked >= checked { return }
            guard state.purges.allows(object.document, checked) else { return }
            state.remember(object, for: nil, checked)
        }
    }

    private func remember(_ object: ArchiveObject, for caller: CallerCredential?, asked epoch: Int) {
        state.withLock { state in
            // The archive may have answered before what the purge was for.
            guard state.underway[object.document]?.epoch == epoch else { return }
            state.answers += 1
            state.remember(object, for: caller, configuration.now(), answer: state.answers)
        }
    }

    private func forget(_ document: DocumentID, for caller: CallerCredential?) {
        state.withLock { state in
            if state.beliefs[document]?.removeValue(forKey: caller) != nil { state.count -= 1 }
            if state.beliefs[document]?.isEmpty == true { state.beliefs[document] = nil }
        }
    }
}

// MARK: - As a layer

extension DocumentCatalog: CacheLayer {
    var name: String { counts.layer }

    /// Bytes are estimated. What could be told without asking is a hit.
    var usage: LayerUsage {
        let beliefs = state.withLock { $0.count }
        return counts.usage(
            bytes: beliefs * Self.beliefBytes, budget: Self.mostBeliefs * Self.beliefBytes, entries: beliefs)
    }

    func holdings(_ selection: DocumentSelection, most count: Int) async -> [LayerHolding] {
        let held = state.withLock { state in
            state.beliefs.filter { selection.contains($0.key) }.flatMap { document, beliefs in
                repeatElement((document: document, bytes: Self.beliefBytes), count: beliefs.count)
            }
        }
        return LayerHolding.most(count, of: held)
    }

    /// What is under way is not believed when it comes.
    func purge(_ selection: DocumentSelection) async {
        state.withLock { state in
            state.purges.add(selection, configuration.now())
            for document in state.beliefs.keys where selection.contains(document) { state.forget(document) }
            for document in state.underway.keys where selection.contains(document) {
                state.underway[document]!.epoch += 1
            }
        }
    }
}
