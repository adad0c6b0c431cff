// SPDX-License-Identifier: Apache-2.0

import Archive
import Logging
import SlowArchive
import Testing
import TileCache
import TileModel

@testable import TileService

/// Which version is believed, when the archive is asked, and what counts while it cannot be.
struct DocumentCatalogTests {
    private let clock = ManualClock()
    private let archive = ToldArchive()
    private let document: DocumentID
    private let catalog: DocumentCatalog
    private let away = ArchiveError.unreachable("away")

    init() throws {
        document = try archive.put("a", version: "1")
        let breaker = BreakerArchive(
            archive, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, clock: clock.archiveClock)
        catalog = DocumentCatalog(
            archive: breaker,
            .init(interval: .seconds(5), staleFor: .seconds(900), now: { [clock] in clock.now }))
    }

    private var current: DocumentReference { DocumentReference(document: document, version: nil) }

    private func pinned(_ version: String) throws -> DocumentReference {
        DocumentReference(document: document, version: try DocumentVersion(version))
    }

    private func version(_ reference: DocumentReference, for caller: CallerCredential? = nil) async throws -> String {
        try await catalog.resolve(reference, for: caller).pinned.version.value
    }

    // MARK: Versions

    @Test("one that pins none asks once an interval, and sees a replaced document after it")
    func interval() async throws {
        #expect(try await version(current) == "1")
        try archive.put("a", version: "2")
        clock.advance(.seconds(4))
        #expect(try await version(current) == "1" && archive.counts.stats == 1)
        clock.advance(.seconds(1))
        #expect(try await version(current) == "2" && archive.counts.stats == 2)
    }

    @Test("one that pins the version believed current never asks, one that pins another asks at once")
    func pinned() async throws {
        _ = try await version(current)
        clock.advance(.seconds(86400))
        #expect(try await version(pinned("1")) == "1" && archive.counts.stats == 1)
        try archive.put("a", version: "2")
        #expect(try await version(pinned("2")) == "2" && archive.counts.stats == 2)
        await #expect(throws: ArchiveError.versionGone) { _ = try await version(pinned("1")) }
        #expect(archive.counts.stats == 3)
    }

    @Test("however many wait, one question goes out")
    func oneQuestion() async throws {
        archive.hold()
        let asking = (0..<20).map { _ in Task { try await version(current) } }
        await archive.until { $0.stats == 1 }
        for _ in 0..<100 { await Task.yield() }
        archive.release()
        for task in asking { #expect(try await task.value == "1") }
        #expect(archive.counts.stats == 1)
    }

    @Test("what a purge comes between question and answer of is asked anew")
    func purged() async throws {
        archive.hold()
        let early = Task { try await version(current) }
        await archive.until { $0.stats == 1 }
        try archive.put("a", version: "2")
        await catalog.purge(.document(document))
        archive.release()
        #expect(try await early.value == "1", "it was asked before")
        #expect(try await version(current) == "2", "the old answer is not believed")
        #expect(archive.counts.stats == 2)
    }

    @Test("one that asks after a purge does not join those who asked before")
    func notJoined() async throws {
        archive.hold()
        let early = Task { try await version(current) }
        await archive.until { $0.stats == 1 }
        try archive.put("a", version: "2")
        await catalog.purge(.all)
        let late = Task { try await version(current) }
        await archive.until { $0.stats == 2 }
        archive.release()
        #expect(try await late.value == "2")
        _ = try await early.value
        #expect(try await version(current) == "2" && archive.counts.stats == 2)
    }

    @Test("a purge takes the beliefs it names, and the layer says what it holds")
    func layer() async throws {
        try archive.put("b", version: "1")
        _ = try await version(current)
        _ = try await catalog.resolve(DocumentReference(document: try DocumentID("b"), version: nil))
        #expect(catalog.usage.entries == 2 && catalog.usage.misses == 2)
        #expect(await catalog.holdings(.all, most: 9).count == 2)
        await catalog.purge(.document(document))
        #expect(catalog.usage.entries == 1)
        #expect(catalog.believed(current) == nil)
    }

    @Test("another member's word from before a purge does not count, one from after it does")
    func adopted() async throws {
        let told = ArchiveObject(document: document, version: try DocumentVersion("0"), size: 1, modified: nil)
        catalog.adopt(told, age: .seconds(1))
        #expect(try await version(current) == "0" && archive.counts.stats == 0)
        clock.advance(.seconds(1))
        await catalog.purge(.prefix([]))
        catalog.adopt(told, age: .seconds(1))
        #expect(catalog.believed(try pinned("0")) == nil)
        #expect(try await version(current) == "1")
        await catalog.purge(.document(document))
        clock.advance(.seconds(2))
        catalog.adopt(told, age: .seconds(1))
        #expect(try await version(current) == "0", "it was told after the purge")
    }

    // MARK: Rights

    @Test("an archive that wants to know who asks is asked with the caller, also where the belief was forgotten")
    func callers() async throws {
        let reader = CallerCredential("reader")
        archive.allow([reader])
        let resolved = try await catalog.resolve(current, for: reader)
        #expect(resolved.size == 100)
        await catalog.purge(.all)
        #expect(try await catalog.resolve(pinned("1"), for: reader).size == 100)
        await #expect(throws: ArchiveError.forbidden) { _ = try await version(pinned("1"), for: nil) }
    }

    // MARK: When it is down

    @Test("what it said last counts for so long while it is away, and answers say so")
    func stale() async throws {
        #expect(try await catalog.resolve(current).isConfirmed)
        archive.fail(away)
        clock.advance(.seconds(5))
        for _ in 0..<3 { #expect(try await catalog.resolve(current).isConfirmed == false) }
        let asked = archive.counts.stats
        #expect(asked == 4, "the breaker is open now")
        #expect(try await catalog.resolve(current).isConfirmed == false)
        #expect(try await catalog.resolve(pinned("1")).isConfirmed == false)
        clock.advance(.seconds(894))
        #expect(try await catalog.resolve(current).isConfirmed == false)
        clock.advance(.seconds(1))
        await #expect(throws: ArchiveError.self) { _ = try await catalog.resolve(current) }
        #expect(try await version(pinned("1")) == "1", "its bytes are those of its version for ever")
        #expect(archive.counts.stats == asked)
    }

    @Test("answers about the document are never overruled by what was believed")
    func answersCount() async throws {
        _ = try await version(current)
        clock.advance(.seconds(5))
        archive.fail(.notFound)
        await #expect(throws: ArchiveError.notFound) { _ = try await version(current) }
        archive.fail(away)
        await #expect(throws: away) { _ = try await version(current) }
    }

    @Test("a caller is served while it is away only where it had confirmed that caller's right")
    func staleCallers() async throws {
        let (reader, stranger) = (CallerCredential("reader"), CallerCredential("stranger"))
        archive.allow([reader])
        _ = try await version(current, for: reader)
        archive.fail(away)
        clock.advance(.seconds(5))
        for _ in 0..<3 { #expect(try await version(current, for: reader) == "1") }
        #expect(try await version(pinned("1"), for: reader) == "1")
        for caller in [stranger, CallerCredential(nil)] {
            await #expect(throws: ArchiveError.self) { _ = try await version(current, for: caller) }
            await #expect(throws: ArchiveError.self) { _ = try await version(pinned("1"), for: caller) }
        }
        clock.advance(.seconds(895))
        await #expect(throws: ArchiveError.self) { _ = try await version(pinned("1"), for: reader) }
    }

    @Test("a version that is pinned is looked for in the caches while the archive is away, whoever has restarted")
    func restarted() async throws {
        archive.fail(away)
        for _ in 0..<3 { await #expect(throws: away) { _ = try await version(current) } }
        let found = try await catalog.resolve(pinned("1"))
        #expect(found.pinned.version.value == "1" && found.size == nil && !found.isConfirmed)
        await #expect(throws: ArchiveError.self) { _ = try await version(current) }
        clock.advance(.seconds(900))
        await #expect(throws: ArchiveError.self) { _ = try await version(pinned("1")) }
    }
}
