// SPDX-License-Identifier: Apache-2.0

import Benchmark

/// A loop that no change of ours makes faster or slower: what a machine does is told in its unit. It mixes what the
/// others are made of: arithmetic on 64 bits, look-ups in a table larger than the first cache, branches that are not
/// foreseen.
func measureCalibration() {
    let table = (0..<32_768).map { UInt64($0) &* 0x9E37_79B9_7F4A_7C15 }
    Benchmark("calibration") { benchmark in
        for _ in benchmark.scaledIterations {
            var state: UInt64 = 1
            for _ in 0..<10_000 {
                state ^= table[Int(truncatingIfNeeded: state >> 17) & 32_767]
                state = (state ^ state >> 31) &* 0xBF58_476D_1CE4_E5B9
                if state & 3 == 0 { state = state.byteSwapped }
            }
            blackHole(state)
        }
    }
}
