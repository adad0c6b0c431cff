// SPDX-License-Identifier: Apache-2.0

import Archive
import Foundation
import RenderPool
import SlowArchive
import Testing
import TileCache
import TileModel
import WorkerProtocol

@testable import TileService

/// Every layer of a service with real workers and a distant archive, when a document is replaced, purged, or its archive away.
@Suite(.serialized)
struct LayerTests {
    private func replace(_ test: DistantService, _ name: String, by fixture: String) throws {
        try test.copy(fixture)
        guard rename(test.path(fixture), test.path(name)) == 0 else { throw CocoaError(.fileWriteUnknown) }
    }

    private func holds(_ service: DocumentService) async -> [String: Int] {
        var held: [String: Int] = [:]
        for layer in service.layers { held[layer.name] = await layer.holdings(.all, most: 9).count }
        return held
    }

    @Test("no layer serves the old version under the new one")
    func replaced() async throws {
        let test = try await DistantService(interval: .seconds(3600))
        try test.copy("ten-pages.pdf")
        let service = test.service
        let old = try await service.pinned("ten-pages.pdf")
        let picture = try await service.picture("ten-pages.pdf", page: 1)
        let text = try await service.text(ofPage: 1, of: old)
        #expect(try await service.allPages("ten-pages.pdf").count == 10)

        try replace(test, "ten-pages.pdf", by: "letter.pdf")
        #expect(try await service.picture("ten-pages.pdf", page: 1) == picture, "believed for the interval")
        await service.purge(.document(old.document))
        let new = try await service.pinned("ten-pages.pdf")
        #expect(new.version != old.version)
        #expect(try await service.picture("ten-pages.pdf", page: 1) != picture)
        #expect(try await service.allPages("ten-pages.pdf").count == 1)
        #expect(try await service.text(ofPage: 1, of: new) != text)
        await #expect(throws: ArchiveError.versionGone) {
            _ = try await service.picture("ten-pages.pdf", page: 1, version: old.version)
        }
        // Whoever holds on to the old one is not given the new one's bytes.
        await #expect(throws: (any Error).self) { _ = try await service.text(ofPage: 2, of: old) }
        await service.pool.shutDown()
    }

    @Test("every layer says what it holds of a document, and forgets it")
    func purged() async throws {
        let test = try await DistantService(interval: .seconds(3600))
        try test.copy("ten-pages.pdf")
        try test.copy("letter.pdf")
        let service = test.service
        for name in ["ten-pages.pdf", "letter.pdf"] { _ = try await service.picture(name, page: 1) }
        let names = ["versions", "pages", "tiles-memory", "blocks", "open-documents"]
        #expect(await holds(service) == Dictionary(uniqueKeysWithValues: names.map { ($0, 2) }))
        await service.purge(.prefix(Array("ten".utf8)))
        #expect(await holds(service) == Dictionary(uniqueKeysWithValues: names.map { ($0, 1) }))
        test.archive.reset()
        _ = try await service.picture("letter.pdf", page: 1)
        #expect(test.archive.reads.isEmpty)
        _ = try await service.picture("ten-pages.pdf", page: 1)
        #expect(!test.archive.reads.isEmpty)
        await service.purge(.all)
        #expect(await holds(service) == Dictionary(uniqueKeysWithValues: names.map { ($0, 0) }))
        await service.pool.shutDown()
    }

    @Test("an event that comes again has the archive asked, and throws nothing away")
    func repeated() async throws {
        let test = try await DistantService(interval: .seconds(3600))
        try test.copy("ten-pages.pdf")
        let service = test.service
        let document = try await service.pinned("ten-pages.pdf").document
        await service.purge(.document(document), event: "e")
        _ = try await service.picture("ten-pages.pdf", page: 1)
        await service.purge(.document(document), event: "e")
        #expect(await holds(service)["tiles-memory"] == 1)
        #expect(await holds(service)["versions"] == 0)
        await service.purge(.document(document), event: "f")
        #expect(await holds(service)["tiles-memory"] == 0)
        await service.pool.shutDown()
    }

    @Test("a process that starts while the archive is away shows a pinned version from the blocks on its disk")
    func restarted() async throws {
        let test = try await DistantService(interval: .seconds(3600))
        try test.copy("ten-pages.pdf")
        let version = try await test.service.pinned("ten-pages.pdf").version
        let picture = try await test.service.picture("ten-pages.pdf", page: 3)
        test.archive.goAway()
        try await test.restart()
        try await test.service.archive.check()
        #expect(try await test.service.picture("ten-pages.pdf", page: 3, version: version) == picture)
        #expect(try await test.service.pinned("ten-pages.pdf", version: version).isConfirmed == false)
        await #expect(throws: ArchiveError.self) { _ = try await test.service.picture("ten-pages.pdf", page: 3) }
        let unknown = try DocumentVersion("unknown")
        await #expect(throws: ArchiveError.self) {
            _ = try await test.service.picture("ten-pages.pdf", page: 3, version: unknown)
        }
        await test.service.pool.shutDown()
    }
}
