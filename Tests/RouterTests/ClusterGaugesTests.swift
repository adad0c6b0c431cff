// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Router

struct ClusterGaugesTests {
    @Test("skew is the largest load by the mean, and 1 where there is none")
    func skew() {
        #expect(LoadSkew.ratio([]) == 1)
        #expect(LoadSkew.ratio([0, 0]) == 1)
        #expect(LoadSkew.ratio([3, 3, 3]) == 1)
        #expect(LoadSkew.ratio([6, 0, 0]) == 3)
        #expect(LoadSkew.ratio([4, 2]) == 4.0 / 3)
    }
}
