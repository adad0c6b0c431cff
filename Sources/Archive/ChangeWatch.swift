// SPDX-License-Identifier: Apache-2.0

import Synchronization
import TileCache
package import TileModel

/// Answers what changed in an archive, however many ask how often: one walk through the listing at a time and at most one
/// an interval, for each caller on whose behalf it is asked. A walk answers all who wait for it.
package final class ChangeWatch: Sendable {
    /// More different questions wait than one walk answers.
    package struct Overloaded: Error {}

    private struct Question: Hashable {
        let after: ArchiveChanges.Cursor?
        let limit: Int
    }

    private typealias Answers = [Question: ArchiveChanges]

    private struct Walk: Hashable {
        let caller: CallerCredential?
        let number: Int
    }

    private struct Watch {
        /// When the last walk began, and what it answered.
        var walked: ContinuousClock.Instant?
        var answers: Answers = [:]
        /// What the next one answers.
        var pending: Set<Question> = []
        var next = 0
    }

    private let archive: any DocumentArchive
    private let interval: Duration
    /// Changes after this are not told yet, in seconds since 1970.
    private let latest: @Sendable () -> Double
    private let clock: ArchiveClock
    private let watches = Mutex<[CallerCredential?: Watch]>([:])
    private let walks = SingleFlight<Walk, Answers>()

    /// Each may keep a thousand entries while the walk lasts.
    private static let mostQuestions = 64
    private static let mostCallers = 256

    package init(
        _ archive: any DocumentArchive, interval: Duration, latest: @escaping @Sendable () -> Double,
        clock: ArchiveClock = ArchiveClock()
    ) {
        self.archive = archive
        self.interval = interval
        self.latest = latest
        self.clock = clock
    }

    /// The changes after a cursor, as they were at most one interval ago. Waits for the next walk where the last one has
    /// not answered this.
    /// - Throws: `ArchiveError`, `Overloaded`.
    package func changes(after: ArchiveChanges.Cursor?, limit: Int, for caller: CallerCredential?) async throws
        -> ArchiveChanges
    {
        let question = Question(after: after, limit: limit)
        let number = try watches.withLock { watches -> Int? in
            var watch = watches[caller] ?? Watch()
            if let walked = watch.walked, walked + interval > clock.now(), watch.answers[question] != nil { return nil }
            guard watch.pending.count < Self.mostQuestions || watch.pending.contains(question) else {
                throw Overloaded()
            }
            watch.pending.insert(question)
            if watches.count >= Self.mostCallers, watches[caller] == nil { Self.dropSome(&watches) }
            watches[caller] = watch
            return watch.next
        }
        guard let number else { return try await changes(answered: question, caller) }
        let answers = try await walks.value(for: Walk(caller: caller, number: number)) { [self] in
            try await pause(before: caller)
            return try await walk(for: caller)
        }
        guard let answer = answers[question] else { throw CancellationError() }
        return answer
    }

    private func changes(answered question: Question, _ caller: CallerCredential?) async throws -> ArchiveChanges {
        if let answer = watches.withLock({ $0[caller]?.answers[question] }) { return answer }
        return try await changes(after: question.after, limit: question.limit, for: caller)
    }

    /// Those whose answers nobody waits for.
    private static func dropSome(_ watches: inout [CallerCredential?: Watch]) {
        watches = watches.filter { !$0.value.pending.isEmpty }
    }

    private func pause(before caller: CallerCredential?) async throws {
        guard let walked = watches.withLock({ $0[caller]?.walked }) else { return }
        let wait = clock.now().duration(to: walked + interval)
        if wait > .zero { try await clock.sleep(wait) }
    }

    private func walk(for caller: CallerCredential?) async throws -> Answers {
        let questions = watches.withLock { watches in
            var watch = watches[caller] ?? Watch()
            defer { watches[caller] = watch }
            watch.walked = clock.now()
            watch.next += 1
            defer { watch.pending = [] }
            return Array(watch.pending)
        }
        let latest = latest()
        let changes = try await ArchiveChanges.read(
            archive, questions.map { ArchiveChanges(after: $0.after, limit: $0.limit, latest: latest) }, for: caller)
        let answers = Dictionary(uniqueKeysWithValues: zip(questions, changes))
        watches.withLock { $0[caller]?.answers = answers }
        return answers
    }
}
