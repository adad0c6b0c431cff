// SPDX-License-Identifier: Apache-2.0

import Testing
import TileModel

@testable import TileService

struct PurgeTimesTests {
    private let start = ContinuousClock.now

    @Test("what was told before a purge of the document, of its prefix or of everything does not count")
    func times() throws {
        let (inner, other) = (try DocumentID("in/a"), try DocumentID("b"))
        for selection in [DocumentSelection.document(inner), .prefix(Array("in/".utf8)), .all] {
            var purges = PurgeTimes()
            #expect(purges.allows(inner, start))
            purges.add(selection, start + .seconds(1))
            #expect(!purges.allows(inner, start) && !purges.allows(inner, start + .seconds(1)))
            #expect(purges.allows(inner, start + .seconds(2)))
            #expect(purges.allows(other, start) == (selection != .all))
        }
    }

    @Test("what is not remembered any more counts as a purge of everything")
    func bounded() throws {
        var purges = PurgeTimes()
        for number in 0...PurgeTimes.mostDocuments {
            purges.add(.document(try DocumentID("\(number)")), start + .seconds(number))
        }
        let last = start + .seconds(PurgeTimes.mostDocuments - 1)
        #expect(!purges.allows(try DocumentID("other"), last))
        #expect(purges.allows(try DocumentID("other"), last + .seconds(1)))

        purges = PurgeTimes()
        for number in 0...PurgeTimes.mostPrefixes {
            purges.add(.prefix(Array("\(number)/".utf8)), start + .seconds(number))
        }
        #expect(!purges.allows(try DocumentID("other"), start))
        #expect(purges.allows(try DocumentID("other"), start + .milliseconds(500)))
    }
}
