// SPDX-License-Identifier: Apache-2.0

import RedisClient
import Testing

struct RedisPauseTests {
    private let start = ContinuousClock.now

    @Test("after a failure nobody asks for a second; then one does, and all do once it was answered")
    func pause() {
        var pause = RedisPause()
        let before = pause.mayAsk(start)
        let isNews = pause.failed(start)
        let meanwhile = pause.mayAsk(start + .milliseconds(999))
        let first = pause.mayAsk(start + .seconds(1))
        let second = pause.mayAsk(start + .seconds(1))
        #expect(before && isNews && !meanwhile && first && !second)
        let wasPaused = pause.answered()
        let after = [pause.mayAsk(start + .seconds(1)), pause.mayAsk(start + .seconds(1))]
        #expect(wasPaused && after == [true, true])
    }

    @Test("each further failure doubles the pause, up to half a minute")
    func growth() {
        var pause = RedisPause()
        var now = start
        pause.failed(now)
        for seconds in [1, 2, 4, 8, 16, 30, 30] {
            let early = pause.mayAsk(now + .seconds(seconds) - .milliseconds(1))
            now += .seconds(seconds)
            let due = pause.mayAsk(now)
            #expect(!early && due)
            let isNews = pause.failed(now)
            #expect(!isNews)
        }
    }

    @Test("one who never says how it went does not keep the others away for ever")
    func lost() {
        var pause = RedisPause()
        pause.failed(start)
        let first = pause.mayAsk(start + .seconds(1))
        let next = pause.mayAsk(start + .seconds(2))
        #expect(first && next)
    }
}
