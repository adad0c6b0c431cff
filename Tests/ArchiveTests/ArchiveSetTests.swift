// SPDX-License-Identifier: Apache-2.0

import Testing
import TileModel

@testable import Archive

struct ArchiveSetTests {
    @Test("lists of several archives are one, in the order of bytes, whatever the size of the pages")
    func merged() async throws {
        let folders = try (0..<3).map { _ in try TemporaryFolder() }
        // As bytes, "a-/" is before "a/", which is before "a0/".
        let set = try ArchiveSet([("a", folders[0].archive), ("a-", folders[1].archive), ("a0", folders[2].archive)])
        for folder in folders {
            for name in ["1", "b/2", "c"] { try await folder.put(name, [0]) }
        }
        let expected = ["a-", "a", "a0"].flatMap { name in ["1", "b/2", "c"].map { "\(name)/\($0)" } }
        for limit in 1...10 {
            var found: [String] = []
            var cursor: [UInt8]?
            repeat {
                let page = try await set.list(prefix: [], cursor: cursor, limit: limit)
                found += page.objects.map(\.document.displayName)
                cursor = page.next
            } while cursor != nil
            #expect(found == expected)
        }
        func listed(_ prefix: String) async throws -> [String] {
            try await set.list(prefix: Array(prefix.utf8), cursor: nil, limit: 9).objects.map(\.document.displayName)
        }
        #expect(try await listed("a0") == ["a0/1", "a0/b/2", "a0/c"])
        #expect(try await listed("a/b") == ["a/b/2"])
        #expect(try await listed("b").isEmpty)
    }

    @Test("names without an archive are not found, and two archives have not one name")
    func names() async throws {
        let folder = try TemporaryFolder()
        try await folder.put("a", [1])
        let set = try ArchiveSet([("x", folder.archive)])
        #expect(try await set.stat(DocumentID("x/a")).size == 1)
        for name in ["a", "x", "y/a", "xa"] {
            await #expect(throws: ArchiveError.notFound) { _ = try await set.stat(DocumentID(name)) }
        }
        #expect(throws: ArchiveError.refused("two archives are called “x”")) {
            _ = try ArchiveSet([("x", folder.archive), ("x", folder.archive)])
        }
    }
}
