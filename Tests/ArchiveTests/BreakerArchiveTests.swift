// SPDX-License-Identifier: Apache-2.0

import Logging
import SlowArchive
import Synchronization
import Testing
import TileModel

@testable import Archive

struct BreakerArchiveTests {
    /// The levels of what is logged.
    private struct LevelLog: LogHandler {
        final class Levels: Sendable {
            let held = Mutex<[Logger.Level]>([])
            var all: [Logger.Level] { held.withLock { $0 } }
        }

        let levels: Levels
        var logLevel = Logger.Level.trace
        var metadata: Logger.Metadata = [:]

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) { levels.held.withLock { $0.append(event.level) } }
    }

    private let clock = ManualClock()
    private let told = ToldArchive()
    private let levels = LevelLog.Levels()
    private let away = ArchiveError.unreachable("away")

    private var archive: BreakerArchive {
        let levels = levels
        return BreakerArchive(
            told, logger: Logger(label: "test") { _ in LevelLog(levels: levels) }, clock: clock.archiveClock)
    }

    private func fail(_ archive: BreakerArchive, _ document: DocumentID) async {
        told.fail(away)
        for _ in 0..<3 { await #expect(throws: away) { _ = try await archive.stat(document) } }
    }

    @Test("an open breaker refuses at once without asking, says when to come again, and closes by a probe")
    func opensAndCloses() async throws {
        let archive = archive
        let document = try told.put("a", version: "1")
        await fail(archive, document)
        #expect(archive.outage(of: document)?.since == clock.now)
        let asked = told.counts
        await #expect(throws: ArchiveError.suspended(archive: "told", seconds: 1)) {
            _ = try await archive.stat(document)
        }
        await #expect(throws: ArchiveError.suspended(archive: "told", seconds: 1)) {
            _ = try await archive.list(prefix: [], cursor: nil, limit: 1)
        }
        let pinned = PinnedDocument(document, try DocumentVersion("1"))
        await #expect(throws: ArchiveError.suspended(archive: "told", seconds: 1)) {
            _ = try await archive.read(0..<1, of: pinned)
        }
        #expect(try await archive.open(pinned) == nil, "what is cached of it may be read")
        #expect(told.counts == asked)

        await clock.untilSleeping()
        clock.advance(.seconds(1))
        await told.until { $0.checks == 1 }
        // The second probe is due two seconds later.
        told.fail(nil)
        await clock.untilSleeping()
        // The notice comes last of all.
        while !levels.all.contains(.notice) {
            clock.advance(.seconds(2))
            await Task.yield()
        }
        #expect(try await archive.stat(document).version.value == "1")
        #expect(levels.all == [.warning, .notice])
    }

    @Test(
        "answers about a document are no failures of the archive",
        arguments: [
            ArchiveError.notFound, .forbidden, .unauthenticated, .versionGone, .failed("of this one"), .refused("x"),
        ])
    func answers(error: ArchiveError) async throws {
        let archive = archive
        let document = try told.put("a", version: "1")
        told.fail(error)
        for _ in 0..<10 { await #expect(throws: error) { _ = try await archive.stat(document) } }
        #expect(archive.outage(of: document) == nil)
        #expect(levels.all.isEmpty)
    }

    @Test("who asks no more is no failure")
    func cancelled() async throws {
        let archive = archive
        let document = try told.put("a", version: "1")
        for round in 1...5 {
            told.hold()
            let asking = Task { try await archive.stat(document) }
            await told.until { $0.stats == round }
            asking.cancel()
            await #expect(throws: CancellationError.self) { _ = try await asking.value }
            told.release()
        }
        #expect(archive.outage(of: document) == nil)
    }

    @Test("a question that is never answered counts as a failure after its time")
    func hanging() async throws {
        let archive = archive
        let document = try told.put("a", version: "1")
        told.hold()
        let asking = Task { try await archive.stat(document) }
        await told.until { $0.stats == 1 }
        await clock.untilSleeping()
        clock.advance(.seconds(12))
        await #expect(throws: ArchiveError.unreachable("no answer within 12.0 seconds")) { _ = try await asking.value }
        told.release()
    }

    @Test("an archive that is away at the start opens the breaker, one that is set up wrongly is an error")
    func start() async throws {
        let archive = archive
        told.fail(away)
        try await archive.check()
        #expect(levels.all == [.warning])
        #expect(archive.outage(of: try DocumentID("a")) != nil)
        told.fail(.refused("no such bucket"))
        await #expect(throws: ArchiveError.refused("no such bucket")) { try await self.archive.check() }
    }

    @Test("of several archives the one that is away does not take the others with it")
    func several() async throws {
        let other = ToldArchive()
        try other.put("b", version: "1")
        let set = try ArchiveSet([
            (name: "gone", archive: archive),
            (name: "there", archive: BreakerArchive(other, label: "there", logger: Logger(label: "test"))),
        ])
        let (gone, there) = (try DocumentID("gone/a"), try DocumentID("there/b"))
        told.fail(away)
        for _ in 0..<3 { await #expect(throws: away) { _ = try await set.stat(gone) } }
        #expect(set.outage(of: gone) != nil && set.outage(of: there) == nil)
        #expect(try await set.stat(there).version.value == "1")
    }
}
