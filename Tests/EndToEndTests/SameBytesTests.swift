// SPDX-License-Identifier: Apache-2.0

import Affinity
import Foundation
import NIOHTTP1
import Testing

/// What the whole project stands on: any member can answer any request, byte for byte the same. Affinity is a matter of
/// speed.
@Suite(.serialized, .enabled(if: Programs.corpus != nil, "the corpus is not here; set RECTO_CORPUS to its folder"))
struct SameBytesTests {
    private struct Outcome: Equatable {
        var status: Int
        var entityTag: String?
        var body: [UInt8]
    }

    private static let folders = ["pdf", "tiff", "jpeg", "png", "svg", "text", "bench"]
    private static let count = 500

    @Test("under every policy five hundred tiles are the same, whoever is asked")
    func thesis() async throws {
        let library = try Library()
        for folder in Self.folders {
            try FileManager.default.copyItem(
                atPath: "\(Programs.corpus ?? "")/\(folder)", toPath: "\(library.path)/\(folder)")
        }
        let cluster = try RunningCluster(library)
        let tiles = try await tiles(cluster)
        #expect(tiles.count == Self.count)

        let members = try await cluster.members()
        #expect(members.count == 3)
        var expected: [Outcome] = []
        for member in members {
            let outcomes = try await ask("http://\(member.address)", tiles)
            if expected.isEmpty { expected = outcomes }
            #expect(outcomes.allSatisfy { $0.status == 200 && $0.entityTag != nil }, "\(member.id)")
            for (tile, place) in zip(tiles, expected.indices) where outcomes[place] != expected[place] {
                Issue.record("\(member.id) answers otherwise: \(tile)")
            }
        }
        for policy in RoutingPolicies.all.map({ $0.name }) {
            #expect(try await cluster.admin(.PUT, "/admin/policy", "{\"policy\":\"\(policy)\"}").status == 200)
            let outcomes = try await ask(cluster.url, tiles)
            for (tile, place) in zip(tiles, expected.indices) where outcomes[place] != expected[place] {
                Issue.record("under \(policy) the answer is another: \(tile)")
            }
        }
        cluster.stop()
    }

    private static let readers = 4

    private func ask(_ base: String, _ tiles: [String]) async throws -> [Outcome] {
        try await withThrowingTaskGroup(of: [(Int, Outcome)].self) { group in
            for reader in 0..<Self.readers {
                group.addTask {
                    var outcomes: [(Int, Outcome)] = []
                    for place in stride(from: reader, to: tiles.count, by: Self.readers) {
                        let answer = try await RunningCluster.send(.GET, base + tiles[place])
                        let tag = answer.headers.first(name: "ETag")
                        outcomes.append((place, Outcome(status: answer.status, entityTag: tag, body: answer.body)))
                    }
                    return outcomes
                }
            }
            var all = [Outcome?](repeating: nil, count: tiles.count)
            for try await outcomes in group { for (place, outcome) in outcomes { all[place] = outcome } }
            return all.compactMap { $0 }
        }
    }

    /// Tiles of first pages: documents, scale factors, places, rotations and formats by turns, the same in every run.
    private func tiles(_ cluster: RunningCluster) async throws -> [String] {
        let listing = try await cluster.get("/documents?limit=1000")
        let paths = (listing.json("documents", as: [[String: Any]].self) ?? []).compactMap { $0["path"] as? String }
        var pages: [(path: String, width: Int, height: Int)] = []
        for path in paths {
            let info = try await cluster.get("/iiif/\(path)/1/info.json")
            guard info.status == 200, let width = info.json("width", as: Int.self),
                let height = info.json("height", as: Int.self)
            else { continue }
            pages.append((path, width, height))
        }
        let (rotations, formats) = (["0", "0", "90", "!0"], ["png", "jpg", "webp"])
        return (0..<Self.count).map { number in
            let page = pages[number % pages.count]
            let round = number / pages.count
            var factor = 1
            while factor < 1 << (round + 1), max(page.width, page.height) > 512 * factor { factor *= 2 }
            let side = 512 * factor
            let x = (number * 7 % ((page.width + side - 1) / side)) * side
            let y = (number * 5 % ((page.height + side - 1) / side)) * side
            let (width, height) = (min(side, page.width - x), min(side, page.height - y))
            return "/iiif/\(page.path)/1/\(x),\(y),\(width),\(height)/"
                + "\((width + factor - 1) / factor),\((height + factor - 1) / factor)/"
                + "\(rotations[number % rotations.count])/default.\(formats[number % formats.count])"
        }
    }
}
