// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import Testing
import TileCache
import TileModel

@testable import TileTiers

struct DiskTilesTests {
    private let folder = TemporaryFolder()

    private func tiles(budget: Int = 4 << 20, mostFiles: Int = 1000, member: String = "a") -> DiskTiles {
        DiskTiles(
            parent: folder.path, member: member, budget: budget, mostFiles: mostFiles, logger: .test,
            patience: .seconds(20))
    }

    private func key(_ number: Int) throws -> TierKey {
        TierKey(
            document: PinnedDocument(try DocumentID("a/\(number % 7).pdf"), try DocumentVersion("v")),
            content: "tile \(number)")
    }

    private func files(_ member: String = "a") throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "\(folder.path)/\(member)")
    }

    /// What the files take of the disk.
    private func diskBytes() throws -> Int {
        try files().reduce(0) { sum, name in
            var status = stat()
            stat("\(folder.path)/a/\(name)", &status)
            return sum + Int(status.st_blocks) * 512
        }
    }

    @Test("what it says it takes of the disk is what it takes, within 5 %, and never more than it may")
    func accounts() async throws {
        let tiles = tiles(budget: 2 << 20)
        for number in 0..<300 {
            let value = [UInt8](repeating: 7, count: 100 + number * 83 % 30_000)
            await tiles.keep(value, cost: .milliseconds(number % 50 + 1), for: try key(number))
            #expect(tiles.usage.bytes <= 2 << 20)
        }
        let actual = try diskBytes()
        #expect(abs(actual - tiles.usage.bytes) * 20 <= actual)
        #expect(actual > 1 << 20 && tiles.usage.evictions > 0)
        #expect(try files().count == tiles.usage.entries)
    }

    @Test("the number of files is bounded")
    func number() async throws {
        let tiles = tiles(mostFiles: 10)
        for number in 0..<50 { await tiles.keep([1], cost: .milliseconds(number + 1), for: try key(number)) }
        #expect(try files().count == 10 && tiles.usage.entries == 10)
    }

    @Test("when it is full, cheap tiles do not displace dear ones")
    func dear() async throws {
        let tiles = tiles(mostFiles: 10)
        for number in 0..<10 { await tiles.keep([1], cost: .milliseconds(300), for: try key(number)) }
        for number in 10..<20 { await tiles.keep([1], cost: .milliseconds(1), for: try key(number)) }
        for number in 0..<10 { #expect(await tiles.value(for: try key(number)) == [1]) }
    }

    @Test("a restart finds the same tiles, and keeps the bounds that hold now")
    func restart() async throws {
        let first = tiles()
        for number in 0..<40 { await first.keep([UInt8(number)], cost: .milliseconds(9), for: try key(number)) }
        // Another folder of this name is taken as long as the first process lives: its own is copied.
        let copy = TemporaryFolder()
        try FileManager.default.copyItem(atPath: folder.path, toPath: copy.path)
        try Data("half a tile".utf8).write(to: URL(fileURLWithPath: "\(copy.path)/a/.new-\(try key(1).digest)"))
        try Data("not ours".utf8).write(to: URL(fileURLWithPath: "\(copy.path)/a/readme"))
        let next = DiskTiles(
            parent: copy.path, member: "a", budget: 4 << 20, mostFiles: 15, logger: .test, patience: .seconds(20))
        await next.purge(.document(try DocumentID("a/0.pdf")))
        #expect(next.usage.entries <= 15 && next.usage.entries > 8)
        let left = try FileManager.default.contentsOfDirectory(atPath: "\(copy.path)/a")
        #expect(left.count == next.usage.entries)
        var found = 0
        for number in 0..<40 where await next.value(for: try key(number)) == [UInt8(number)] { found += 1 }
        #expect(found == next.usage.entries)
    }

    @Test("two processes of one name never share a folder")
    func twice() async throws {
        let (first, second) = (tiles(), tiles())
        await first.keep([1], cost: .milliseconds(5), for: try key(1))
        await second.keep([2], cost: .milliseconds(5), for: try key(1))
        #expect(await first.value(for: try key(1)) == [1])
        #expect(await second.value(for: try key(1)) == [2])
        #expect(try files("a").count == 1 && files("a-2").count == 1)
    }

    @Test("a file that was cut off is a miss, and removed", arguments: [0, 1, 39, 40, 60, 5000])
    func cutOff(_ length: Int) async throws {
        let tiles = tiles()
        await tiles.keep([UInt8](repeating: 3, count: 20_000), cost: .milliseconds(5), for: try key(1))
        truncate("\(folder.path)/a/\(try key(1).digest)", length)
        #expect(await tiles.value(for: try key(1)) == nil)
        #expect(try files().isEmpty && tiles.usage.entries == 0 && tiles.usage.bytes == 0)
    }

    @Test("a tile under the name of another is a miss")
    func misplaced() async throws {
        let tiles = tiles()
        for number in 1...2 { await tiles.keep([UInt8(number)], cost: .milliseconds(5), for: try key(number)) }
        rename("\(folder.path)/a/\(try key(1).digest)", "\(folder.path)/a/\(try key(2).digest)")
        #expect(await tiles.value(for: try key(2)) == nil)
    }

    @Test("a folder that cannot be made is a miss, and no error")
    func noFolder() async throws {
        let tiles = DiskTiles(
            parent: "/dev/null/tiles", member: "a", budget: 1 << 20, mostFiles: 10, logger: .test,
            patience: .seconds(20))
        await tiles.keep([1], cost: .milliseconds(5), for: try key(1))
        #expect(await tiles.value(for: try key(1)) == nil)
        await tiles.purge(.all)
        #expect(tiles.usage.entries == 0)
    }
}
