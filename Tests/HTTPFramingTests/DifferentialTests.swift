// SPDX-License-Identifier: Apache-2.0

import HTTPFuzzing
import Testing

/// Our scanner beside NIOHTTP1's parser. `make fuzz-http` goes on for longer.
struct DifferentialTests {
    @Test("no made-up stream holds a message that both take and frame differently", arguments: [true, false])
    func frames(isRequests: Bool) {
        var taken = 0
        for seed in 0..<UInt64(10_000) {
            var generator = MessageGenerator(seed: seed)
            let stream = isRequests ? generator.requests() : generator.responses()
            let (disagreement, bothTook) = Disagreement.find(in: stream, isRequests: isRequests)
            if let disagreement { Issue.record("seed \(seed): \(disagreement)") }
            taken += bothTook
        }
        // Or else the streams would be too wild to tell anything.
        #expect(taken > 2_000)
    }

    @Test("a made-up stream is read alike in one piece and byte by byte", arguments: [true, false])
    func splits(isRequests: Bool) {
        for seed in 0..<UInt64(2_000) {
            var generator = MessageGenerator(seed: seed)
            let stream = isRequests ? generator.requests() : generator.responses()
            var (whole, single) = (OurReading(isRequests: isRequests), OurReading(isRequests: isRequests))
            whole.take(stream)
            for byte in stream { single.take(CollectionOfOne(byte)) }
            #expect(single.whole == whole.whole && single.error == whole.error, "seed \(seed)")
        }
    }
}
