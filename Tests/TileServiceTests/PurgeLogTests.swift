// SPDX-License-Identifier: Apache-2.0

import Testing
import TileModel

@testable import TileService

struct PurgeLogTests {
    @Test("an event counts once for what it names, and another document under its name is not lost")
    func repeats() throws {
        var log = PurgeLog()
        let (first, second) = (DocumentSelection.document(try DocumentID("a")), DocumentSelection.all)
        let results = [log.isNew("e", first), log.isNew("e", first), log.isNew("e", second), log.isNew("f", first)]
        #expect(results == [true, false, true, true])
    }

    @Test("it remembers so many and no more, the oldest go first")
    func bounded() {
        var log = PurgeLog()
        for number in 0...PurgeLog.most { _ = log.isNew("\(number)", .all) }
        let (oldest, next, newest) = (
            log.isNew("0", .all), log.isNew("2", .all), log.isNew("\(PurgeLog.most)", .all)
        )
        #expect(oldest && !next && !newest)
    }
}
