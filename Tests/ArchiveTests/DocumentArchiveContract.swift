// SPDX-License-Identifier: Apache-2.0

import Archive
import Glibc
import Testing
import TileModel

/// What holds for every archive. One line here for each backend.
struct DocumentArchiveContract {
    static let backends: [@Sendable () async throws -> any ArchiveUnderTest] =
        [
            { try TemporaryFolder() },
            { try SetUnderTest() },
            { try await OriginUnderTest.example() },
        ]
        + (NginxConfiguration.program == nil ? [] : [{ try await OriginUnderTest.nginx() }])
        + (LocalServer.haveTools
            ? [{ try await BucketUnderTest.rclone() }, { try await BucketUnderTest.moto() }] : [])

    @Test("the servers are there that the contract is tried on", .enabled(if: LocalServer.haveTools))
    func servers() { #expect(NginxConfiguration.program != nil && Self.backends.count == 6) }

    private func stat(_ test: any ArchiveUnderTest, _ name: String) async throws -> ArchiveObject {
        try await test.archive.stat(DocumentID(name))
    }

    @Test("a document has its size, and the same version as long as it does not change", arguments: backends.indices)
    func version(backend: Int) async throws {
        let test = try await Self.backends[backend]()
        try await test.put("a.pdf", Array("hello".utf8))
        let object = try await stat(test, "a.pdf")
        #expect(object.size == 5)
        #expect(try await stat(test, "a.pdf").version == object.version)
    }

    @Test(
        "every change of the bytes is another version, however quick and of the same size", arguments: backends.indices)
    func quickChanges(backend: Int) async throws {
        let test = try await Self.backends[backend]()
        var versions = Set<String>()
        for number in 0..<20 {
            try await test.put("a.pdf", [UInt8(number)])
            versions.insert(try await stat(test, "a.pdf").version.value)
        }
        #expect(versions.count == 20)
    }

    @Test("what is not there is not found", arguments: backends.indices)
    func missing(backend: Int) async throws {
        let test = try await Self.backends[backend]()
        try await test.put("folder/a.pdf", [1])
        for name in ["b.pdf", "folder", "folder/a.pdf/x", "Folder/a.pdf"] {
            await #expect(throws: ArchiveError.notFound) { _ = try await stat(test, name) }
        }
        try await test.remove("folder/a.pdf")
        await #expect(throws: ArchiveError.notFound) { _ = try await stat(test, "folder/a.pdf") }
    }

    @Test("a range is read as it is, and cut at the end", arguments: backends.indices)
    func ranges(backend: Int) async throws {
        let test = try await Self.backends[backend]()
        try await test.put("a.bin", (0..<200).map { UInt8($0) })
        let document = PinnedDocument(try DocumentID("a.bin"), try await stat(test, "a.bin").version)
        #expect(try await test.archive.read(10..<13, of: document) == [10, 11, 12])
        #expect(try await test.archive.read(198..<300, of: document) == [198, 199])
        #expect(try await test.archive.read(300..<400, of: document).isEmpty)
    }

    @Test("a version that is gone is neither read nor opened", arguments: backends.indices)
    func goneVersion(backend: Int) async throws {
        let test = try await Self.backends[backend]()
        try await test.put("a.bin", [1, 2, 3])
        let document = PinnedDocument(try DocumentID("a.bin"), try await stat(test, "a.bin").version)
        try await test.put("a.bin", [4, 5, 6])
        await #expect(throws: ArchiveError.versionGone) { _ = try await test.archive.read(0..<3, of: document) }
        await #expect(throws: ArchiveError.versionGone) {
            // An archive that is not made of local files opens none.
            if try await test.archive.open(document) == nil { throw ArchiveError.versionGone }
        }
    }

    @Test("the list is in the order of bytes and complete, whatever the size of its pages", arguments: backends.indices)
    func listing(backend: Int) async throws {
        let test = try await Self.backends[backend]()
        let names = ["a-b", "a.pdf", "a/b", "a/c/d", "a0", "b", "z/é.pdf", "ä"]
        for name in names.reversed() { try await test.put(name, [0]) }
        let expected = names.map { Array($0.utf8) }.sorted { $0.lexicographicallyPrecedes($1) }
        for limit in 1...9 {
            var found: [[UInt8]] = []
            var cursor: [UInt8]?
            repeat {
                let page = try await test.archive.list(prefix: [], cursor: cursor, limit: limit)
                #expect(page.objects.count <= limit)
                found += page.objects.map(\.document.bytes)
                cursor = page.next
            } while cursor != nil
            #expect(found == expected)
        }
    }

    @Test("a prefix need not end at a folder", arguments: backends.indices)
    func prefix(backend: Int) async throws {
        let test = try await Self.backends[backend]()
        for name in ["reports/2023.pdf", "reports/2024.pdf", "reports-old/1.pdf", "x.pdf"] {
            try await test.put(name, [0])
        }
        func names(_ prefix: String) async throws -> [String] {
            try await test.archive.list(prefix: Array(prefix.utf8), cursor: nil, limit: 10).objects
                .map(\.document.displayName)
        }
        #expect(try await names("rep") == ["reports-old/1.pdf", "reports/2023.pdf", "reports/2024.pdf"])
        #expect(try await names("reports/2024") == ["reports/2024.pdf"])
        #expect(try await names("nothing").isEmpty)
    }

    @Test("odd names are documents as any others", arguments: backends.indices)
    func oddNames(backend: Int) async throws {
        let test = try await Self.backends[backend]()
        let names = ["a b+c.pdf", "100%25.pdf", "é&<>'.pdf", "q?x=1#y.pdf", "~$(d)/[e]@f;g,h=i!.pdf"]
        for (index, name) in names.enumerated() { try await test.put(name, Array(repeating: 7, count: index + 1)) }
        for (index, name) in names.enumerated() {
            let object = try await stat(test, name)
            #expect(object.size == index + 1)
            let document = PinnedDocument(object.document, object.version)
            #expect(try await test.archive.read(0..<100, of: document).count == index + 1)
        }
        let listed = try await test.archive.list(prefix: [], cursor: nil, limit: 10).objects
        #expect(Set(listed.map(\.document.displayName)) == Set(names))
    }

    @Test("an empty document has a version and no bytes", arguments: backends.indices)
    func empty(backend: Int) async throws {
        let test = try await Self.backends[backend]()
        try await test.put("empty", [])
        let object = try await stat(test, "empty")
        #expect(object.size == 0)
        let document = PinnedDocument(object.document, object.version)
        #expect(try await test.archive.read(0..<10, of: document).isEmpty)
    }

    @Test("a document is written whole, under its condition, or not at all", arguments: backends.indices)
    func writing(backend: Int) async throws {
        let test = try await Self.backends[backend]()
        let archive = test.archive
        let document = try DocumentID("new/folder/a.pdf")
        do {
            _ = try await archive.put(document, SpooledFile([1]), .present)
            Issue.record("written although it is not there")
        } catch ArchiveError.readOnly {
            return
        } catch ArchiveError.preconditionFailed {}
        let first = try await archive.put(document, SpooledFile([1]), .absent)
        await #expect(throws: ArchiveError.preconditionFailed) {
            _ = try await archive.put(document, SpooledFile([2]), .absent)
        }
        // More than goes to S3 in one piece.
        var large = [UInt8](repeating: 7, count: 9_000_000)
        for index in 8_900_000..<8_900_100 { large[index] = UInt8(truncatingIfNeeded: index) }
        let second = try await archive.put(document, SpooledFile(large), .versions([first.version]))
        #expect(second.size == large.count && second.version != first.version)
        #expect(
            try await archive.read(8_900_000..<8_900_100, of: PinnedDocument(document, second.version))
                == Array(large[8_900_000..<8_900_100]))
        for condition in [WriteCondition.versions([first.version]), .absent] {
            await #expect(throws: ArchiveError.preconditionFailed) {
                _ = try await archive.put(document, SpooledFile([3]), condition)
            }
        }
        await #expect(throws: ArchiveError.preconditionFailed) {
            try await archive.delete(document, .versions([first.version]))
        }
        #expect(try await archive.stat(document).version == second.version)
        let listed = try await archive.list(prefix: [], cursor: nil, limit: 10).objects
        #expect(listed.map(\.document) == [document])
        try await archive.delete(document, .versions([second.version]))
        await #expect(throws: ArchiveError.notFound) { _ = try await archive.stat(document) }
        await #expect(throws: ArchiveError.notFound) { try await archive.delete(document, .none) }
    }
}
