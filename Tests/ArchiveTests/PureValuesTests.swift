// SPDX-License-Identifier: Apache-2.0

import Testing
import TileModel

@testable import Archive

/// Times, versions and ranges as HTTP has them, retries, and the order of changes.
struct PureValuesTests {
    @Test("times are read in each of their notations and written in that of signatures")
    func times() {
        #expect(CivilTime.http("Sun, 06 Nov 1994 08:49:37 GMT") == 784_111_777)
        #expect(CivilTime.internet("1994-11-06T08:49:37Z") == 784_111_777)
        #expect(CivilTime.internet("1994-11-06T10:49:37.25+02:00") == 784_111_777.25)
        #expect(CivilTime.internet("2000-02-29T00:00:00Z") == 951_782_400)
        #expect(CivilTime.basic(784_111_777) == "19941106T084937Z")
        #expect(CivilTime.basic(951_782_399) == "20000228T235959Z")
        #expect(CivilTime.basic(-1) == "19691231T235959Z")
        for text in ["", "T", "1994-11-06", "1994-13-06T00:00:00Z", "1994-11-06T25:00:00Z", "1994-11-06T00:00:00"] {
            #expect(CivilTime.internet(text) == nil)
        }
        for text in ["Sunday, 06-Nov-94 08:49:37 GMT", "Sun, 06 Foo 1994 08:49:37 GMT", "x"] {
            #expect(CivilTime.http(text) == nil)
        }
    }

    private func version(_ tag: String?, _ modified: String? = nil, size: Int? = nil) -> DocumentVersion? {
        HTTPVersionMark(entityTag: tag, lastModified: modified, size: size).version
    }

    @Test("a strong tag is the version itself, anything else a digest of all that is said")
    func marks() throws {
        let strong = try #require(version("\"5f-63\"", "yesterday", size: 3))
        #expect(strong.value == "e-5f-63" && HTTPVersionMark.ifMatch(strong) == "\"5f-63\"")
        let weak = try #require(version("W/\"5f-63\"", "yesterday", size: 3))
        #expect(weak.value.hasPrefix("x-") && HTTPVersionMark.ifMatch(weak) == nil)
        #expect(
            version("W/\"5f-63\"", "today", size: 3) != weak && version("W/\"5f-63\"", "yesterday", size: 4) != weak)
        #expect(version(nil, "yesterday", size: 3) != version(nil, "yesterday", size: 4))
        for odd in ["\"a b\"", "\"\"", "\"é\"", "unquoted", "\"" + String(repeating: "x", count: 127) + "\""] {
            #expect(version(odd)?.value.hasPrefix("x-") == true)
        }
        #expect(version(nil, nil, size: 3) == nil)
    }

    @Test("a content range is taken only where it is one")
    func contentRanges() {
        #expect(ContentRange("bytes 0-499/1234")?.range == 0..<500)
        #expect(ContentRange("bytes 0-499/1234")?.size == 1234)
        #expect(ContentRange("bytes 5-5/*")?.range == 5..<6)
        for text in [
            "bytes */12", "bytes 5-4/9", "bytes 0-9/9", "bytes -1-2/9", "0-1/2", "bytes 0-1", "bytes 0-\(Int.max)/*",
        ] {
            #expect(ContentRange(text) == nil)
        }
    }

    @Test("retries wait longer and longer at random, as long as asked, and not beyond their time")
    func retries() {
        let plan = RetryPlan()
        func delay(_ failures: Int, _ elapsed: Duration = .zero, asked: Duration? = nil, dice: Double = 1) -> Duration?
        {
            plan.delay(afterFailures: failures, elapsed: elapsed, asked: asked, dice: dice)
        }
        #expect((1...4).map { delay($0) } == [50, 100, 200, 400].map { .milliseconds($0) })
        #expect(delay(2, dice: 0) == .zero)
        #expect(delay(5) == nil)
        #expect(delay(1, asked: .seconds(2)) == .seconds(2))
        #expect(delay(1, .seconds(9), asked: .seconds(2)) == nil)
        #expect(delay(1, .seconds(10)) == nil)
    }

    // MARK: Changes

    private func entry(_ name: String, _ changed: Double?) throws -> ArchiveEntry {
        ArchiveEntry(document: try DocumentID(name), changed: changed)
    }

    private func names(_ changes: ArchiveChanges) -> [String] { changes.entries.map(\.document.displayName) }

    @Test("changes come by time and name, whatever the order of the listing, and a cursor misses none and repeats none")
    func changes() throws {
        let all =
            try [("a", 3.0), ("b", 1.0), ("c", 2.0), ("d", 2.0), ("e", 1.0), ("f", 9.0)].map { try entry($0.0, $0.1) }
            + [entry("undated", nil)]
        for limit in 1...6 {
            for order in [all, all.reversed()] {
                var found: [String] = []
                var cursor: ArchiveChanges.Cursor?
                while true {
                    var changes = ArchiveChanges(after: cursor, limit: limit, latest: 5)
                    for entry in order { changes.add(entry) }
                    found += names(changes)
                    cursor = changes.cursor
                    guard changes.hasMore else { break }
                    #expect(changes.entries.count == limit)
                }
                #expect(found == ["b", "e", "c", "d", "a"])
                // Nothing new leaves the cursor where it is.
                var changes = ArchiveChanges(after: cursor, limit: limit, latest: 5)
                for entry in order { changes.add(entry) }
                #expect(changes.entries.isEmpty && changes.cursor == cursor)
            }
        }
    }
}
