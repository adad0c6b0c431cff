// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import Synchronization
import TestSupport
import Testing
import TileCache
import TileModel

@testable import TileTiers

/// What the tile cache on disk does when the disk is full or fails: nobody who asks notices, and the log says it once.
@Suite(.enabled(if: SmallDisk.isPossible, "mounts a small disk, which takes root"))
struct DiskFaultTests {
    private final class Clock: Sendable {
        private let passed = Mutex<Duration>(.zero)
        private let start = ContinuousClock.now
        var now: ContinuousClock.Instant { start + passed.withLock { $0 } }
        func pass(_ time: Duration) { passed.withLock { $0 += time } }
    }

    private let clock = Clock()
    private let warnings = Warnings()

    private func tiles(on disk: SmallDisk) -> DiskTiles {
        DiskTiles(
            parent: "\(disk.path)/tiles", member: "a", budget: 64 << 20, mostFiles: 1000, logger: warnings.logger,
            patience: .seconds(20), now: { [clock] in clock.now })
    }

    private func key(_ number: Int) throws -> TierKey {
        TierKey(
            document: PinnedDocument(try DocumentID("a.pdf"), try DocumentVersion("v")), content: "tile \(number)")
    }

    private func value(_ number: Int) -> [UInt8] { [UInt8](repeating: UInt8(number), count: 20_000) }

    /// Of tiles up to a number, those that are found, each as it was kept.
    private func found(_ tiles: DiskTiles, upTo count: Int) async throws -> [Int] {
        var found: [Int] = []
        for number in 0..<count {
            guard let value = await tiles.value(for: try key(number)) else { continue }
            #expect(value == self.value(number))
            found.append(number)
        }
        return found
    }

    private func keep(_ numbers: Range<Int>, in tiles: DiskTiles) async throws {
        // Each dearer than those before: all deserve their place.
        for number in numbers {
            await tiles.keep(value(number), cost: .milliseconds(10 * (number + 1)), for: try key(number))
        }
    }

    @Test("a full disk makes it smaller, with one warning, and it grows again when there is room")
    func full() async throws {
        let disk = try SmallDisk(megabytes: 4)
        let tiles = tiles(on: disk)
        try await keep(0..<60, in: tiles)
        #expect(try await found(tiles, upTo: 60).count == 60)
        disk.fill(leaving: 10_000)
        try await keep(60..<100, in: tiles)
        let held = try await found(tiles, upTo: 100)
        // It has made room for dear ones out of its own, and left the rest of the disk alone.
        #expect(held.count >= 50 && held.count <= 60 && held.contains(99), "\(held)")
        #expect(tiles.usage.entries == held.count)
        #expect(warnings.all.count == 1 && warnings.all[0].contains("full"), "\(warnings.all)")

        disk.clear()
        clock.pass(.seconds(61))
        try await keep(100..<120, in: tiles)
        #expect(try await found(tiles, upTo: 120).count == held.count + 20)
        #expect(warnings.all.count == 1)
        // Nothing half written is left.
        let names = try FileManager.default.contentsOfDirectory(atPath: "\(disk.path)/tiles/a")
        #expect(names.allSatisfy { !$0.hasPrefix(".") } && names.count == held.count + 20)
    }

    @Test("a disk that was full from the beginning is a cache that holds nothing")
    func fullAtOnce() async throws {
        let disk = try SmallDisk(megabytes: 1)
        disk.fill(leaving: 0)
        let tiles = tiles(on: disk)
        try await keep(0..<5, in: tiles)
        #expect(try await found(tiles, upTo: 5).isEmpty)
        #expect(warnings.all.count == 1, "\(warnings.all)")
        disk.clear()
        clock.pass(.seconds(61))
        try await keep(0..<5, in: tiles)
        #expect(try await found(tiles, upTo: 5).count == 5)
    }

    @Test("a disk that turns read-only is left alone for a minute, with one warning")
    func readOnly() async throws {
        let disk = try SmallDisk(megabytes: 4)
        let tiles = tiles(on: disk)
        try await keep(0..<5, in: tiles)
        try disk.turnReadOnly()
        try await keep(5..<10, in: tiles)
        #expect(try await found(tiles, upTo: 10).isEmpty)
        clock.pass(.seconds(61))
        // What it held before can be read still.
        #expect(try await found(tiles, upTo: 10) == Array(0..<5))
        try await keep(5..<10, in: tiles)
        #expect(try await found(tiles, upTo: 10).isEmpty)
        #expect(warnings.all.count == 1 && warnings.all[0].contains("cannot be used"), "\(warnings.all)")
    }

    @Test("a file that cannot be read is a miss, and leaves the disk alone for a minute")
    func unreadable() async throws {
        let disk = try SmallDisk(megabytes: 4)
        let tiles = tiles(on: disk)
        try await keep(0..<3, in: tiles)
        let path = "\(disk.path)/tiles/a/\(try key(1).digest)"
        unlink(path)
        // Reading a folder fails as reading a bad sector does.
        mkdir(path, 0o700)
        #expect(await tiles.value(for: try key(1)) == nil)
        #expect(try await found(tiles, upTo: 3).isEmpty)
        rmdir(path)
        clock.pass(.seconds(61))
        #expect(try await found(tiles, upTo: 3) == [0, 2])
        #expect(warnings.all.count == 1, "\(warnings.all)")
    }
}
