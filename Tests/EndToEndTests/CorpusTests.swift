// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// Every document of the corpus, through the whole cluster.
@Suite(.serialized, .enabled(if: Programs.corpus != nil, "the corpus is not here; set RECTO_CORPUS to its folder"))
struct CorpusTests {
    private static let folders = ["pdf", "tiff", "jpeg", "png", "svg", "text", "iiif", "bench"]

    private func library(_ folders: [String]) throws -> (Library, [String]) {
        let library = try Library()
        var names: [String] = []
        for folder in folders {
            let path = "\(Programs.corpus ?? "")/\(folder)"
            for name in try FileManager.default.contentsOfDirectory(atPath: path).sorted()
            where !name.hasSuffix(".tsv") && !name.hasSuffix(".py") {
                try FileManager.default.copyItem(atPath: "\(path)/\(name)", toPath: "\(library.path)/\(name)")
                names.append(name)
            }
        }
        return (library, names)
    }

    @Test("every document shows its first page, and those that need a password say so", arguments: folders)
    func firstPages(folder: String) async throws {
        let (library, names) = try library([folder])
        #expect(!names.isEmpty)
        let cluster = try RunningCluster(library)
        for name in names {
            let structure = try await cluster.get("/documents/\(name)/structure?width=300")
            if structure.status == 422 {
                #expect(structure.problem == "password-required", "\(name)")
                continue
            }
            #expect(structure.status == 200, "\(name): \(structure.text)")
            let events = structure.events
            #expect(events.last?["event"] as? String == "end", "\(name): \(events.last ?? [:])")
            #expect(events.contains { $0["event"] as? String == "preview" }, "\(name)")
            let tile = try await cluster.get("/iiif/\(name)/1/0,0,512,512/%5E!256,256/0/default.png")
            #expect(tile.status == 200, "\(name): \(tile.text.prefix(300))")
        }
        cluster.stop()
    }

    @Test("malformed documents get a picture or a clear error within ten seconds, and disturb nobody")
    func malformed() async throws {
        let (library, names) = try library(["malformed"])
        try library.copy("letter.pdf")
        #expect(names.count > 50)
        let cluster = try RunningCluster(library)
        let before = try await cluster.members()
        for name in names {
            let start = ContinuousClock.now
            let structure = try await cluster.get("/documents/\(name)/structure")
            let picture = try await cluster.get("/iiif/\(name)/1/full/%5E!300,300/0/default.png")
            #expect(start.duration(to: .now) < .seconds(20), "\(name)")
            for answer in [structure, picture] where answer.status != 200 {
                #expect([413, 415, 422].contains(answer.status), "\(name): \(answer.text.prefix(300))")
                #expect(answer.json("title", as: String.self)?.isEmpty == false, "\(name)")
                #expect(answer.json("detail", as: String.self) != "", "\(name)")
            }
            #expect(try await cluster.get("/iiif/letter.pdf/1/full/200,/0/default.png").status == 200)
        }
        let after = try await cluster.members()
        #expect(after.map(\.incarnation) == before.map(\.incarnation))
        cluster.stop()
    }
}
