// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import TileService

struct CacheStatusTests {
    @Test("the header is as RFC 9211 has it")
    func text() {
        #expect(CacheStatus(isHit: true, isConfirmed: true).text == "Recto; hit")
        #expect(CacheStatus(isHit: false, isConfirmed: true).text == "Recto; fwd=miss")
        #expect(CacheStatus(isHit: true, isConfirmed: false).text == "Recto; hit; detail=archive-unreachable")
        #expect(CacheStatus(isHit: false, isConfirmed: false).text == "Recto; fwd=miss; detail=archive-unreachable")
    }
}
