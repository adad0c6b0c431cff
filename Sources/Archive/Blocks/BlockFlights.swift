// SPDX-License-Identifier: Apache-2.0

/// Blocks that are on their way to one process. Pure but for those who wait for a landing.
struct BlockFlights {
    enum Stage: Sendable {
        /// Nobody has begun it.
        case planned
        /// Other places are asked for it.
        case asking
        /// The archive is being read.
        case reading
    }

    private struct Flight {
        let blocks: Range<Int>
        var stage = Stage.planned
        let landing = Landing()
    }

    private var next: UInt64 = 0
    private var flights: [UInt64: Flight] = [:]
    /// By document, which flight brings which block.
    private var blocks: [BlockKey: [Int: UInt64]] = [:]

    /// The flight that brings a block.
    subscript(key: BlockKey, block: Int) -> UInt64? { blocks[key]?[block] }

    mutating func plan(_ range: Range<Int>, _ key: BlockKey) -> UInt64 {
        next += 1
        flights[next] = Flight(blocks: range)
        for block in range { blocks[key, default: [:]][block] = next }
        return next
    }

    func count(of number: UInt64) -> Int { flights[number]?.blocks.count ?? 0 }

    func isPlanned(_ number: UInt64) -> Bool { flights[number]?.stage == .planned }

    /// The blocks of a flight that has not landed.
    mutating func begin(_ number: UInt64) -> Range<Int>? {
        advance(number, to: .asking)
        return flights[number]?.blocks
    }

    mutating func advance(_ number: UInt64, to stage: Stage) { flights[number]?.stage = stage }

    mutating func end(_ number: UInt64, _ key: BlockKey) {
        guard let flight = flights.removeValue(forKey: number) else { return }
        for block in flight.blocks where blocks[key]?[block] == number { blocks[key]?[block] = nil }
        if blocks[key]?.isEmpty == true { blocks[key] = nil }
        flight.landing.land()
    }

    /// Landings that bring some of these blocks for sure, each with the blocks that it brings.
    /// - Parameter alsoAsking: whether those count that other places are still being asked for.
    func landings(_ range: Range<Int>, of key: BlockKey, alsoAsking: Bool) -> [(Landing, Range<Int>)] {
        let numbers = Set(range.compactMap { blocks[key]?[$0] }).sorted()
        return numbers.compactMap { number in
            guard let flight = flights[number], flight.stage == .reading || alsoAsking && flight.stage == .asking else {
                return nil
            }
            return (flight.landing, flight.blocks.clamped(to: range))
        }
    }
}
