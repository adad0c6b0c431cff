// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Observability

struct BalanceTests {
    @Test("skew is the largest load by the mean, and 1 where there is none")
    func skew() {
        #expect(LoadSkew.ratio([]) == 1)
        #expect(LoadSkew.ratio([0, 0]) == 1)
        #expect(LoadSkew.ratio([3, 3, 3]) == 1)
        #expect(LoadSkew.ratio([6, 0, 0]) == 3)
        #expect(LoadSkew.ratio([4, 2]) == 4.0 / 3)
    }

    @Test("the moved share is that of the names with another owner than before")
    func moved() {
        var share = MovedShare()
        #expect(share.update { _ in "a" } == nil)
        #expect(share.update { _ in "a" } == 0)
        // Names end in their number.
        #expect(share.update { $0.last == UInt8(ascii: "0") ? "b" : "a" } == 0.1)
        #expect(share.update { _ in nil } == 1)
    }
}
