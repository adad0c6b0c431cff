// SPDX-License-Identifier: Apache-2.0

import Benchmark
import TileCache

/// The tile cache with 10,000 tiles of 20 KB and room for half of them.
func measureCache() {
    let count = 10_000
    let bytes = 20_000
    let cache = MemoryTiles<Int, Int>(budget: count / 2 * bytes, layer: "benchmark")
    for key in 0..<count / 4 { cache.insert(key, bytes: bytes, for: key) }
    Benchmark("cache: hit", configuration: .calls(.kilo)) { benchmark in
        for place in benchmark.scaledIterations { blackHole(cache.value(for: place &* 769 % 1000)) }
    }
    Benchmark("cache: miss", configuration: .calls(.kilo)) { benchmark in
        for place in benchmark.scaledIterations { blackHole(cache.value(for: count + place)) }
    }
    let full = MemoryTiles<Int, Int>(budget: count / 2 * bytes, layer: "benchmark")
    for key in 0..<count { full.insert(key, bytes: bytes, for: key) }
    var next = count
    Benchmark("cache: insertion that evicts", configuration: .calls(.kilo)) { benchmark in
        for _ in benchmark.scaledIterations {
            full.insert(next, bytes: bytes, for: next)
            next += 1
        }
    }
}
