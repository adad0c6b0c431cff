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
        /// What the one under way answers.
        var walking: Set<Question> = []
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

    /// The changes after a cursor, as they were at most one interval ago. Waits for the next walk where neither the last
    /// one nor one under way answers this.
    /// - Throws: `ArchiveError`, `Overloaded`.
    package func changes(after: ArchiveChanges.Cursor?, limit: Int, for caller: CallerCredential?) async throws
        -> ArchiveChanges
    {
        let question = Question(after: after, limit: limit)
        var mayJoin = true
        while true {
            try Task.checkCancellation()
            let place = try watches.withLock { try whereabouts(of: question, for: caller, mayJoin: mayJoin, &$0) }
            let walk: Walk
            switch place {
            case .answered(let answer): return answer
            case .underWay(let number), .next(let number): walk = Walk(caller: caller, number: number)
            }
            let answers = try await walks.value(for: walk) { [self] in
                // Where it has landed since, there is nothing to be made any more: whoever waits looks again.
                guard place.isNext, watches.withLock({ $0[caller]?.next ?? 0 }) == walk.number else { return [:] }
                try await pause(before: caller)
                return try await self.walk(for: caller)
            }
            if let answer = answers[question] { return answer }
            // One that everybody has given up may go on for a while, and answers nobody.
            mayJoin = false
        }
    }

    /// Where the answer to a question is to be had.
    private enum Place {
        case answered(ArchiveChanges)
        /// From the walk of that number, which has begun, or is the next one.
        case underWay(Int)
        case next(Int)

        var isNext: Bool { if case .next = self { true } else { false } }
    }

    private func whereabouts(
        of question: Question, for caller: CallerCredential?, mayJoin: Bool, _ watches: inout [CallerCredential?: Watch]
    ) throws -> Place {
        var watch = watches[caller] ?? Watch()
        if mayJoin, watch.walking.contains(question) { return .underWay(watch.next - 1) }
        if let walked = watch.walked, walked + interval > clock.now(), let answer = watch.answers[question] {
            return .answered(answer)
        }
        guard watch.pending.count < Self.mostQuestions || watch.pending.contains(question) else { throw Overloaded() }
        watch.pending.insert(question)
        if watches.count >= Self.mostCallers, watches[caller] == nil { Self.dropSome(&watches) }
        watches[caller] = watch
        return .next(watch.next)
    }

    /// Those whose answers nobody waits for.
    private static func dropSome(_ watches: inout [CallerCredential?: Watch]) {
        watches = watches.filter { !$0.value.pending.isEmpty || !$0.value.walking.isEmpty }
    }

    private func pause(before caller: CallerCredential?) async throws {
        guard let walked = watches.withLock({ $0[caller]?.walked }) else { return }
        let wait = clock.now().duration(to: walked + interval)
        if wait > .zero { try await clock.sleep(wait) }
    }

    private func walk(for caller: CallerCredential?) async throws -> Answers {
        let (number, questions) = watches.withLock { watches in
            var watch = watches[caller] ?? Watch()
            defer { watches[caller] = watch }
            watch.walked = clock.now()
            watch.answers = [:]
            watch.walking = watch.pending
            watch.pending = []
            watch.next += 1
            return (watch.next, Array(watch.walking))
        }
        var answers: Answers = [:]
        defer {
            watches.withLock { watches in
                // One that was abandoned may end after the next one has begun.
                guard watches[caller]?.next == number else { return }
                watches[caller]?.walking = []
                watches[caller]?.answers = answers
            }
        }
        let latest = latest()
        let changes = try await ArchiveChanges.read(
            archive, questions.map { ArchiveChanges(after: $0.after, limit: $0.limit, latest: latest) }, for: caller)
        answers = Dictionary(uniqueKeysWithValues: zip(questions, changes))
        return answers
    }
}
