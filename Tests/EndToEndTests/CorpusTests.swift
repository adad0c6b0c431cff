// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// Every PDF of the corpus opens and shows its first page, through the whole cluster.
@Suite(.serialized, .enabled(if: Programs.corpus != nil, "the corpus is not here; set RECTO_CORPUS to its folder"))
struct CorpusTests {
    @Test("every PDF of the corpus shows its first page, and those that need a password say so")
    func firstPages() async throws {
        let folder = (Programs.corpus ?? "") + "/pdf"
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".pdf") }.sorted()
        #expect(!names.isEmpty)
        let library = try Library()
        for name in names {
            try FileManager.default.copyItem(atPath: "\(folder)/\(name)", toPath: "\(library.path)/\(name)")
        }
        let cluster = try RunningCluster(library)
        for name in names {
            let structure = try await cluster.get("/documents/\(name)/structure?width=300")
            if structure.status == 422 {
                #expect(structure.json("type", as: String.self) == "urn:recto:problem:password-required", "\(name)")
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
}
