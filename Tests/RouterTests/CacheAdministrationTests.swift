// SPDX-License-Identifier: Apache-2.0

import Access
import AsyncHTTPClient
import Cluster
import FoundationEssentials
import HTTPService
import NIOCore
import NIOHTTP1
import Testing
import TileModel

@testable import Router

/// `GET /admin/caches` and `POST /admin/purge` over members that answer as a test wants.
struct CacheAdministrationTests {
    private struct Setting {
        let router: RunningRouter
        let admin: HTTPServer

        init(_ roles: [(String, MemberRole)]) async throws {
            let secret = ClusterSecret.random()
            var members: [FakeMember] = []
            for (id, role) in roles {
                members.append(try await FakeMember.start(id, role: role, secret: secret) { _ in .now(.text("")) })
            }
            router = try await RunningRouter.start(members: members, secret: secret)
            admin = try await HTTPServer.start(
                HTTPServer.Configuration(host: "127.0.0.1", port: 0),
                responder: AdminRoutes(
                    core: router.core, client: ClusterClient(secret: secret, asker: nil), scaler: nil,
                    metricsText: { "" }))
        }

        func send(_ method: HTTPMethod, _ path: String, _ body: String? = nil) async throws -> (Int, [String: Any]) {
            var request = HTTPClientRequest(url: admin.url + path)
            request.method = method
            if let body { request.body = .bytes(Array(body.utf8)) }
            let response = try await HTTPClient.shared.execute(request, timeout: .seconds(20))
            let bytes = try await response.body.collect(upTo: 1 << 20)
            let json = try JSONDecoder().decode(AnyJSON.self, from: Data(bytes.readableBytesView))
            return (Int(response.status.code), json.object)
        }

        func stop() async {
            await admin.shutDown()
            await router.stop()
        }
    }

    private func ids(_ value: Any?) -> [String] { value as? [String] ?? [] }

    @Test("a purge reaches portals and nodes with its event, by document and by prefix")
    func purge() async throws {
        let setting = try await Setting([("node-1", .node), ("node-2", .node), ("portal-1", .portal)])
        let (status, answer) = try await setting.send(
            .POST, "/admin/purge", #"{"document":"a%2Fb.pdf","event":"e1"}"#)
        #expect(status == 200)
        #expect(ids(answer["purged"]) == ["node-1", "node-2", "portal-1"] && ids(answer["unreached"]).isEmpty)
        #expect(try await setting.send(.POST, "/admin/purge", #"{"prefix":"a%2F"}"#).0 == 200)
        let expected = [
            PurgeMessage(.document(try DocumentID("a/b.pdf")), event: "e1"), PurgeMessage(.prefix(Array("a/".utf8))),
        ]
        for member in setting.router.members { #expect(member.purges == expected) }
        await setting.stop()
    }

    @Test("a purge that does not reach everybody says whom, and is no success")
    func unreached() async throws {
        let setting = try await Setting([("node-1", .node), ("node-2", .node)])
        await setting.router.members[1].stop()
        let (status, answer) = try await setting.send(.POST, "/admin/purge", #"{"document":"a.pdf"}"#)
        #expect(status == 502)
        #expect(answer["type"] as? String == "urn:recto:problem:member-unreachable")
        #expect(ids(answer["purged"]) == ["node-1"] && ids(answer["unreached"]) == ["node-2"])
        let (seen, caches) = try await setting.send(.GET, "/admin/caches")
        #expect(seen == 200 && ids(caches["unreached"]) == ["node-2"])
        await setting.stop()
    }

    @Test(
        "a purge that names nothing, or both, or what no document can be called is refused",
        arguments: [
            "{}", "", #"{"document":"a","prefix":"b"}"#, #"{"document":""}"#, #"{"document":"..%2Fa"}"#,
            #"{"prefix":"%zz"}"#, #"{"document":7}"#,
        ])
    func malformed(body: String) async throws {
        let setting = try await Setting([("node-1", .node)])
        #expect(try await setting.send(.POST, "/admin/purge", body).0 == 400)
        #expect(setting.router.members[0].purges.isEmpty)
        await setting.stop()
    }

    @Test("what members hold is added up by layer and by document, most first")
    func caches() async throws {
        let setting = try await Setting([("node-1", .node), ("node-2", .node)])
        func report(_ bytes: [String: Int]) -> CacheReport {
            CacheReport(
                layers: [
                    .init(
                        name: "tiles-memory", bytes: bytes.values.reduce(0, +), budget: 1000, entries: bytes.count,
                        hits: 3, misses: 2, evictions: 1)
                ],
                documents: bytes.map {
                    .init(path: $0.key, layers: [.init(layer: "tiles-memory", bytes: $0.value, entries: 1)])
                })
        }
        setting.router.members[0].hold(report(["a%2Fb": 10, "c": 30]))
        setting.router.members[1].hold(report(["a%2Fb": 25]))
        let (status, answer) = try await setting.send(.GET, "/admin/caches?limit=1")
        #expect(status == 200)
        let layer = try #require((answer["layers"] as? [[String: Any]])?.first)
        #expect(layer["bytes"] as? Int == 65 && layer["budget"] as? Int == 2000 && layer["hits"] as? Int == 6)
        let documents = try #require(answer["documents"] as? [[String: Any]])
        #expect(documents.count == 1)
        #expect(documents[0]["document"] as? String == "a/b" && documents[0]["bytes"] as? Int == 35)
        #expect((documents[0]["members"] as? [[String: Any]])?.count == 2)
        for query in ["limit=0", "limit=x", "limit=1001", "document=.."] {
            #expect(try await setting.send(.GET, "/admin/caches?\(query)").0 == 400)
        }
        await setting.stop()
    }
}

/// JSON of any form.
private struct AnyJSON: Decodable {
    let value: Any

    var object: [String: Any] { value as? [String: Any] ?? [:] }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let members = try? container.decode([String: AnyJSON].self) {
            value = members.mapValues(\.value)
        } else if let items = try? container.decode([AnyJSON].self) {
            let values = items.map(\.value)
            value = (values as? [String]) ?? (values as? [[String: Any]]) ?? values
        } else if let number = try? container.decode(Int.self) {
            value = number
        } else if let text = try? container.decode(String.self) {
            value = text
        } else {
            value = try container.decode(Double.self)
        }
    }
}
