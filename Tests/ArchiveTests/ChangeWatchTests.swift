// SPDX-License-Identifier: Apache-2.0

import SlowArchive
import Synchronization
import Testing
import TileModel

@testable import Archive

struct ChangeWatchTests {
    private let clock = ManualClock()
    private let archive = ToldArchive()

    private func watch() -> ChangeWatch {
        ChangeWatch(archive, interval: .seconds(5), latest: { 100 }, clock: clock.archiveClock)
    }

    private func names(_ changes: ArchiveChanges) -> [String] { changes.entries.map(\.document.displayName) }

    @Test("however many ask within an interval, the archive is listed once, and after it once more")
    func bounded() async throws {
        let watch = watch()
        try archive.put("a", version: "1", changed: 1)
        archive.hold()
        let ask = { Task { try await watch.changes(after: nil, limit: 9, for: nil) } }
        var asking = (0..<5).map { _ in ask() }
        await archive.until { $0.lists == 1 }
        // These come while it is being listed, or after that.
        asking += (0..<5).map { _ in ask() }
        archive.release()
        for task in asking { #expect(names(try await task.value) == ["a"]) }
        try archive.put("b", version: "1", changed: 2)
        clock.advance(.seconds(4))
        #expect(names(try await watch.changes(after: nil, limit: 9, for: nil)) == ["a"])
        #expect(archive.counts.lists == 1)
        clock.advance(.seconds(1))
        #expect(names(try await watch.changes(after: nil, limit: 9, for: nil)) == ["a", "b"])
        #expect(archive.counts.lists == 2)
    }

    @Test("questions from different places wait for the next walk and share it")
    func shared() async throws {
        let watch = watch()
        for number in 1...3 { try archive.put("\(number)", version: "1", changed: Double(number)) }
        let first = try await watch.changes(after: nil, limit: 1, for: nil)
        let second = Task { try await watch.changes(after: first.cursor, limit: 1, for: nil) }
        await clock.untilSleeping()
        let rest = Task { try await watch.changes(after: first.cursor, limit: 9, for: nil) }
        // It has joined once the walk answers both.
        await Task.yield()
        clock.advance(.seconds(5))
        #expect(names(try await second.value) == ["2"])
        let isOver = Mutex(false)
        async let third = {
            defer { isOver.withLock { $0 = true } }
            return try await rest.value
        }()
        while !isOver.withLock({ $0 }) {
            clock.advance(.seconds(5))
            await Task.yield()
        }
        #expect(names(try await third) == ["2", "3"])
        #expect(archive.counts.lists <= 3)
    }

    @Test("a caller sees nothing of what was listed for another")
    func callers() async throws {
        let watch = watch()
        try archive.put("a", version: "1")
        _ = try await watch.changes(after: nil, limit: 9, for: CallerCredential("one"))
        _ = try await watch.changes(after: nil, limit: 9, for: CallerCredential("two"))
        #expect(archive.counts.lists == 2)
    }

    @Test("a walk that fails is an error for those who wait, and the next one comes no sooner for it")
    func failing() async throws {
        let watch = watch()
        archive.fail(.failed("x"))
        await #expect(throws: ArchiveError.failed("x")) { _ = try await watch.changes(after: nil, limit: 9, for: nil) }
        archive.fail(nil)
        let again = Task { try await watch.changes(after: nil, limit: 9, for: nil) }
        await clock.untilSleeping()
        #expect(archive.counts.lists == 1)
        clock.advance(.seconds(5))
        #expect(try await again.value.entries.isEmpty)
    }

    @Test("what was answered before is not told again when a walk fails")
    func stale() async throws {
        let watch = watch()
        _ = try await watch.changes(after: nil, limit: 9, for: nil)
        clock.advance(.seconds(5))
        archive.fail(.failed("x"))
        await #expect(throws: ArchiveError.failed("x")) { _ = try await watch.changes(after: nil, limit: 9, for: nil) }
        archive.fail(nil)
        try archive.put("a", version: "1")
        let again = Task { try await watch.changes(after: nil, limit: 9, for: nil) }
        await clock.untilSleeping()
        clock.advance(.seconds(5))
        #expect(names(try await again.value) == ["a"])
    }

    @Test("the order is by time and name, and a cursor goes on where the last answer ended")
    func order() async throws {
        for (name, changed) in [("b", 2.0), ("a", 2.0), ("c", 1.0), ("young", 200.0)] {
            try archive.put(name, version: "1", changed: changed)
        }
        let watch = watch()
        let first = try await watch.changes(after: nil, limit: 2, for: nil)
        #expect(names(first) == ["c", "a"] && first.hasMore)
        clock.advance(.seconds(5))
        let rest = try await watch.changes(after: first.cursor, limit: 2, for: nil)
        #expect(names(rest) == ["b"] && !rest.hasMore, "what is younger than the clock allows is not told yet")
    }
}
