// SPDX-License-Identifier: Apache-2.0

import Glibc
import LoadDriver

/// The tiles that readers ask a cluster for, as one sequence of look-ups.
package enum ReadingAccesses {
    /// - Parameters:
    ///   - documents: how many there are; half of them have one page, a few have a thousand.
    ///   - count: look-ups, at least.
    package static func make(documents: Int, count: Int, seed: UInt64) -> [CacheAccess] {
        var generator = SeededGenerator(seed: seed)
        let shapes = (0..<documents).map { number in shape(number, &generator) }
        var keys: [String: Int] = [:]
        // Rate and duration only say how much is interleaved: 200 requests a second are some hundred readers at a time.
        let trace = Trace.planned(documents: shapes, seed: seed, duration: Double(count) / 200, rate: 200)
        return trace.requests.lazy.filter { $0.kind == .tile }.map { request in
            let key = keys[request.path] ?? keys.count
            keys[request.path] = key
            return CacheAccess(key: key, bytes: bytes(key))
        }
    }

    private static func shape(_ number: Int, _ generator: inout SeededGenerator) -> DocumentShape {
        // Log-uniform from 1 to 1,000 for the half that has more than one page.
        let pages = generator.unit() < 0.5 ? 1 : Int(exp(generator.unit() * log(1000)))
        let isScan = generator.unit() < 0.3
        let page = DocumentShape.Page(
            width: isScan ? 2480 : 612, height: isScan ? 3508 : 792, unit: isScan ? "px" : "pt",
            tiles: isScan ? "jpg" : "png")
        return DocumentShape(path: "\(number)", bytes: 0, pages: Array(repeating: page, count: max(1, pages)))
    }

    /// 4 to 64 KiB, log-uniform, the same for the same tile.
    private static func bytes(_ key: Int) -> Int {
        var generator = SeededGenerator(seed: UInt64(key))
        return Int(4096 * exp2(4 * generator.unit()))
    }
}
