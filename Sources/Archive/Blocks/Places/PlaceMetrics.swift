// SPDX-License-Identifier: Apache-2.0

import Metrics

/// Counts what one place was asked for and what it gave.
struct PlaceMetrics: Sendable {
    private let all: Counter
    private let some: Counter
    private let none: Counter
    private let failures: Counter
    private let bytes: Counter

    init(_ place: String) {
        func outcome(_ outcome: String) -> Counter {
            Counter(label: "recto_block_requests_total", dimensions: [("place", place), ("outcome", outcome)])
        }
        all = outcome("all")
        some = outcome("some")
        none = outcome("none")
        failures = outcome("failed")
        bytes = Self.bytes(place)
    }

    static func bytes(_ place: String) -> Counter {
        Counter(label: "recto_block_bytes_total", dimensions: [("place", place)])
    }

    func gave(_ pieces: [BlockPiece], of ranges: [Range<Int>]) {
        let missing = BlockPiece.subtract(pieces, from: ranges)
        (missing.isEmpty ? all : missing == ranges ? none : some).increment()
        came(pieces)
    }

    func came(_ pieces: [BlockPiece]) {
        let count = pieces.reduce(0) { $0 + $1.bytes.count }
        if count > 0 { bytes.increment(by: count) }
    }

    func failed() { failures.increment() }
}
