// SPDX-License-Identifier: Apache-2.0

import Archive
import Glibc
import Testing
import TileModel

/// An archive with a way to put documents into it, which the contract needs.
protocol ArchiveUnderTest: Sendable {
    var archive: any DocumentArchive { get }
    func put(_ name: String, _ bytes: [UInt8]) throws
    func remove(_ name: String) throws
}

/// What holds for every archive. One line here for each backend.
struct DocumentArchiveContract {
    static let backends: [@Sendable () throws -> any ArchiveUnderTest] = [
        { try TemporaryFolder() }
    ]

    private func stat(_ test: any ArchiveUnderTest, _ name: String) async throws -> ArchiveObject {
        try await test.archive.stat(DocumentID(name))
    }

    @Test("a document has its size, and the same version as long as it does not change", arguments: backends.indices)
    func version(backend: Int) async throws {
        let test = try Self.backends[backend]()
        try test.put("a.pdf", Array("hello".utf8))
        let object = try await stat(test, "a.pdf")
        #expect(object.size == 5)
        #expect(try await stat(test, "a.pdf").version == object.version)
    }

    @Test(
        "every change of the bytes is another version, however quick and of the same size", arguments: backends.indices)
    func quickChanges(backend: Int) async throws {
        let test = try Self.backends[backend]()
        var versions = Set<String>()
        for number in 0..<20 {
            try test.put("a.pdf", [UInt8(number)])
            versions.insert(try await stat(test, "a.pdf").version.value)
        }
        #expect(versions.count == 20)
    }

    @Test("what is not there is not found", arguments: backends.indices)
    func missing(backend: Int) async throws {
        let test = try Self.backends[backend]()
        try test.put("folder/a.pdf", [1])
        for name in ["b.pdf", "folder", "folder/a.pdf/x", "Folder/a.pdf"] {
            await #expect(throws: ArchiveError.notFound) { _ = try await stat(test, name) }
        }
        try test.remove("folder/a.pdf")
        await #expect(throws: ArchiveError.notFound) { _ = try await stat(test, "folder/a.pdf") }
    }

    @Test("a range is read as it is, and cut at the end", arguments: backends.indices)
    func ranges(backend: Int) async throws {
        let test = try Self.backends[backend]()
        try test.put("a.bin", (0..<200).map { UInt8($0) })
        let document = PinnedDocument(try DocumentID("a.bin"), try await stat(test, "a.bin").version)
        #expect(try await test.archive.read(10..<13, of: document) == [10, 11, 12])
        #expect(try await test.archive.read(198..<300, of: document) == [198, 199])
        #expect(try await test.archive.read(300..<400, of: document).isEmpty)
    }

    @Test("a version that is gone is neither read nor opened", arguments: backends.indices)
    func goneVersion(backend: Int) async throws {
        let test = try Self.backends[backend]()
        try test.put("a.bin", [1, 2, 3])
        let document = PinnedDocument(try DocumentID("a.bin"), try await stat(test, "a.bin").version)
        try test.put("a.bin", [4, 5, 6])
        await #expect(throws: ArchiveError.versionGone) { _ = try await test.archive.read(0..<3, of: document) }
        await #expect(throws: ArchiveError.versionGone) { _ = try await test.archive.open(document) }
    }

    @Test("the list is in the order of bytes and complete, whatever the size of its pages", arguments: backends.indices)
    func listing(backend: Int) async throws {
        let test = try Self.backends[backend]()
        let names = ["a-b", "a.pdf", "a/b", "a/c/d", "a0", "b", "z/é.pdf", "ä"]
        for name in names.reversed() { try test.put(name, [0]) }
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
        let test = try Self.backends[backend]()
        for name in ["reports/2023.pdf", "reports/2024.pdf", "reports-old/1.pdf", "x.pdf"] { try test.put(name, [0]) }
        func names(_ prefix: String) async throws -> [String] {
            try await test.archive.list(prefix: Array(prefix.utf8), cursor: nil, limit: 10).objects
                .map(\.document.displayName)
        }
        #expect(try await names("rep") == ["reports-old/1.pdf", "reports/2023.pdf", "reports/2024.pdf"])
        #expect(try await names("reports/2024") == ["reports/2024.pdf"])
        #expect(try await names("nothing").isEmpty)
    }
}
