// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import Logging
import RedisClient
import RedisServer
import Testing
import TileCache
import TileModel

@testable import TileTiers

/// A tier to be tested, empty, and ways to do to it what happens to its like.
struct TierUnderTest: CustomTestStringConvertible {
    /// What stands behind an opened tier.
    struct Place {
        let tier: any TileTier
        /// Changes a byte of everything that is held.
        let damage: () async throws -> Void
        /// Makes it unusable.
        let breakDown: () async throws -> Void
        /// Another process opens the same place, where what is kept outlives the process.
        let again: () async throws -> any TileTier
    }

    let testDescription: String
    /// The place must outlive what is done with its tier.
    let open: @Sendable () async throws -> Place

    /// One line for each tier.
    static let all = [disk, shared]

    private static let disk = Self(testDescription: "disk") {
        let (folder, copy, files) = (TemporaryFolder(), TemporaryFolder(), FileManager.default)
        func open(_ folder: TemporaryFolder) -> DiskTiles {
            DiskTiles(
                parent: folder.path, member: "a", budget: 4 << 20, mostFiles: 200, logger: .test, patience: .seconds(20)
            )
        }
        return Place(
            tier: open(folder),
            damage: {
                for name in try files.contentsOfDirectory(atPath: "\(folder.path)/a") {
                    try FileDamage.changeMiddle("\(folder.path)/a/\(name)")
                }
            },
            breakDown: { try files.removeItem(atPath: folder.path) },
            again: {
                // As a process that was killed leaves it: the lock goes, the files stay.
                try files.copyItem(atPath: folder.path, toPath: copy.path)
                return open(copy)
            })
    }

    private static let shared = Self(testDescription: "shared") {
        let server = try await RedisServer()
        // A test machine may be busy; how long a look-up may take is tested in RedisClientTests.
        var patient = RedisClient.Configuration()
        patient.patience = .seconds(20)
        patient.unhurried = .seconds(20)
        let address = try RedisAddress(server.address)
        let open = { [patient] in
            SharedTiles(RedisClient(address, purpose: "tests", patient, logger: .test))
        }
        return Place(
            tier: open(),
            damage: {
                try await RedisDamage.changeValues(RedisClient(address, purpose: "tests", patient, logger: .test))
            },
            breakDown: { server.stop() },
            again: {
                _ = server
                return open()
            })
    }
}

extension Logger {
    static var test: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }
}

/// What every tier promises.
struct TileTierContract {
    private static func key(_ name: String, version: String = "v1", _ content: String = "1/full") throws -> TierKey {
        TierKey(document: PinnedDocument(try DocumentID(name), try DocumentVersion(version)), content: content)
    }

    private static let dear: Duration = .milliseconds(200)

    @Test("what was kept is found, and nothing else is", arguments: TierUnderTest.all)
    func basics(_ under: TierUnderTest) async throws {
        let place = try await under.open()
        defer { withExtendedLifetime(place) {} }
        let tier = place.tier
        let value = (0..<30_001).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        await tier.keep(value, cost: Self.dear, for: try Self.key("a.pdf"))
        #expect(await tier.value(for: try Self.key("a.pdf")) == value)
        #expect(await tier.value(for: try Self.key("b.pdf")) == nil)
        #expect(await tier.value(for: try Self.key("a.pdf", version: "v2")) == nil)
        #expect(await tier.value(for: try Self.key("a.pdf", "1/full/other-fingerprint")) == nil)
        #expect(tier.usage.hits == 1 && tier.usage.misses == 3)
    }

    @Test("an empty value, and one byte", arguments: TierUnderTest.all)
    func small(_ under: TierUnderTest) async throws {
        let place = try await under.open()
        defer { withExtendedLifetime(place) {} }
        let tier = place.tier
        for (name, value) in [("none", []), ("one", [7])] as [(String, [UInt8])] {
            await tier.keep(value, cost: Self.dear, for: try Self.key(name))
            #expect(await tier.value(for: try Self.key(name)) == value)
        }
    }

    @Test("a purge of a document leaves the others, whatever their names begin with", arguments: TierUnderTest.all)
    func purge(_ under: TierUnderTest) async throws {
        let place = try await under.open()
        defer { withExtendedLifetime(place) {} }
        let tier = place.tier
        let names = ["a", "a.pdf", "a/b.pdf", "a b?*[x].pdf", "ä.pdf"]
        for name in names {
            await tier.keep([1], cost: Self.dear, for: try Self.key(name))
            await tier.keep([2], cost: Self.dear, for: try Self.key(name, version: "v2"))
        }
        await tier.purge(.document(try DocumentID("a")))
        for name in names {
            #expect((await tier.value(for: try Self.key(name)) == nil) == (name == "a"))
            #expect((await tier.value(for: try Self.key(name, version: "v2")) == nil) == (name == "a"))
        }
        await tier.purge(.document(try DocumentID("a b?*[x].pdf")))
        #expect(await tier.value(for: try Self.key("a b?*[x].pdf")) == nil)
        #expect(await tier.value(for: try Self.key("a/b.pdf")) == [1])
    }

    @Test("a purge of a prefix takes all that begin with it", arguments: TierUnderTest.all)
    func purgePrefix(_ under: TierUnderTest) async throws {
        let place = try await under.open()
        defer { withExtendedLifetime(place) {} }
        let tier = place.tier
        for name in ["a/1", "a/2", "b/1"] { await tier.keep([1], cost: Self.dear, for: try Self.key(name)) }
        let held = await tier.holdings(.prefix(Array("a/".utf8)), most: 10)
        #expect(Set(held.map(\.document.displayName)) == ["a/1", "a/2"])
        await tier.purge(.prefix(Array("a/".utf8)))
        #expect(await tier.value(for: try Self.key("a/1")) == nil)
        #expect(await tier.value(for: try Self.key("a/2")) == nil)
        #expect(await tier.value(for: try Self.key("b/1")) == [1])
        await tier.purge(.all)
        #expect(await tier.value(for: try Self.key("b/1")) == nil)
    }

    @Test("what was damaged is a miss, and gone", arguments: TierUnderTest.all)
    func damaged(_ under: TierUnderTest) async throws {
        let place = try await under.open()
        defer { withExtendedLifetime(place) {} }
        for number in 0..<5 {
            await place.tier.keep([UInt8](repeating: 7, count: 5000), cost: Self.dear, for: try Self.key("\(number)"))
        }
        try await place.damage()
        for number in 0..<5 { #expect(await place.tier.value(for: try Self.key("\(number)")) == nil) }
        #expect(await place.tier.holdings(.all, most: 10).isEmpty)
        await place.tier.keep([8], cost: Self.dear, for: try Self.key("0"))
        #expect(await place.tier.value(for: try Self.key("0")) == [8])
    }

    @Test("it outlives the process that kept it", arguments: TierUnderTest.all)
    func restart(_ under: TierUnderTest) async throws {
        let place = try await under.open()
        defer { withExtendedLifetime(place) {} }
        let value = [UInt8](repeating: 9, count: 20_000)
        await place.tier.keep(value, cost: Self.dear, for: try Self.key("a.pdf"))
        let next = try await place.again()
        #expect(await next.value(for: try Self.key("a.pdf")) == value)
        await next.purge(.document(try DocumentID("a.pdf")))
        #expect(await next.value(for: try Self.key("a.pdf")) == nil)
    }

    @Test("what it stands on may go: everything is a miss, and nothing is an error", arguments: TierUnderTest.all)
    func failsOpen(_ under: TierUnderTest) async throws {
        let place = try await under.open()
        defer { withExtendedLifetime(place) {} }
        await place.tier.keep([1], cost: Self.dear, for: try Self.key("a"))
        try await place.breakDown()
        #expect(await place.tier.value(for: try Self.key("a")) == nil)
        await place.tier.keep([1], cost: Self.dear, for: try Self.key("b"))
        #expect(await place.tier.value(for: try Self.key("b")) == nil)
        await place.tier.purge(.all)
    }

    @Test("names of any length do no harm", arguments: TierUnderTest.all)
    func longNames(_ under: TierUnderTest) async throws {
        let place = try await under.open()
        defer { withExtendedLifetime(place) {} }
        let tier = place.tier
        let long = String(repeating: "x", count: 4096)
        await tier.keep([1], cost: Self.dear, for: try Self.key(long))
        _ = await tier.value(for: try Self.key(long))
        await tier.purge(.document(try DocumentID(long)))
        #expect(await tier.value(for: try Self.key(long)) == nil)
    }
}
