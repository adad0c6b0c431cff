// SPDX-License-Identifier: Apache-2.0

import Foundation
import NIOHTTP1
import Testing

/// Documents that need a password: nobody gets anything of one without it, wherever it is asked for.
@Suite(.serialized)
struct PasswordTests {
    private static let right: HTTPHeaders = ["Recto-Password": "recto"]
    private static let wrong: HTTPHeaders = ["Recto-Password": "verso?"]

    private static let paths = [
        "/documents/locked.pdf/structure", "/iiif/locked.pdf/1/full/200,/0/default.png",
        "/iiif/locked.pdf/1/0,0,512,512/512,512/0/default.png", "/iiif/locked.pdf/1/full/max/90/gray.jpg",
        "/iiif/locked.pdf/manifest.json", "/iiif/locked.pdf/1/info.json", "/documents/locked.pdf/pages/1/text",
        "/documents/locked.pdf/pages/1/links", "/documents/locked.pdf/search?q=e",
    ]

    @Test("nobody gets a tile, a 304 or the structure without the password, from any member")
    func locked() async throws {
        let cluster = try RunningCluster(try Library(["locked.pdf"]))
        let members = try await cluster.members()
        #expect(members.count == 3)
        for member in members {
            let base = "http://\(member.address)"
            for path in Self.paths {
                let none = try await RunningCluster.send(.GET, base + path)
                #expect(none.status == 422 && none.problem == "password-required", "\(path)")
                let wrong = try await RunningCluster.send(.GET, base + path, headers: Self.wrong)
                #expect(wrong.status == 403 && wrong.problem == "password-wrong", "\(path)")
                let right = try await RunningCluster.send(.GET, base + path, headers: Self.right)
                #expect(right.status == 200, "\(path)")
                #expect(right.headers.first(name: "Cache-Control") == "no-store", "\(path)")
                #expect(right.headers.first(name: "ETag") == nil, "\(path)")
                // Now that it lies rendered in the cache and open in a worker.
                for condition in [[:], ["If-None-Match": "*"]] as [HTTPHeaders] {
                    let after = try await RunningCluster.send(.GET, base + path, headers: condition)
                    #expect(after.status == 422 && after.body.count < 1000, "\(path) \(condition)")
                    var headers = condition
                    headers.add(contentsOf: Self.wrong)
                    #expect(try await RunningCluster.send(.GET, base + path, headers: headers).status == 403)
                    headers = condition
                    headers.add(contentsOf: Self.right)
                    #expect(try await RunningCluster.send(.GET, base + path, headers: headers).status == 200)
                }
            }
        }
        #expect(!cluster.logLines.contains { $0.contains("verso?") }, "a password is in the log")
        cluster.stop()
    }

    @Test("a pinned version is no way around the password, nor is an empty or an overlong one")
    func pinned() async throws {
        let cluster = try RunningCluster(try Library(["locked.pdf", "empty-password.pdf"]))
        let structure = try await cluster.get("/documents/locked.pdf/structure", headers: Self.right)
        let version = try #require(structure.events.first?["version"] as? String)
        let tile = "/iiif/locked.pdf@\(version)/1/0,0,512,512/512,512/0/default.png"
        #expect(try await cluster.get(tile, headers: Self.right).status == 200)
        #expect(try await cluster.get(tile).status == 422)
        #expect(try await cluster.get(tile, headers: ["Recto-Password": ""]).status == 403)
        let long = String(repeating: "x", count: 2000)
        #expect(try await cluster.get(tile, headers: ["Recto-Password": long]).status == 403)
        // One that needs no password opens whatever comes along, and nobody keeps the answer.
        let open = try await cluster.get(
            "/iiif/empty-password.pdf/1/full/200,/0/default.png", headers: ["Recto-Password": "any"])
        #expect(open.status == 200)
        #expect(open.headers.first(name: "Cache-Control") == "no-store")
        cluster.stop()
    }
}
