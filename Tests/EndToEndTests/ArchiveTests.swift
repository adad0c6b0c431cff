// SPDX-License-Identifier: Apache-2.0

import Foundation
import NIOHTTP1
import Testing

/// Documents that lie elsewhere than in a folder, shown end to end; writing and the feed of changes.
@Suite(.serialized)
struct ArchiveTests {
    private static let fixture = "ten-pages.pdf"
    private static let tile = "3/full/200,/0/default.png"

    private static func bytes() throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(Programs.fixtures)/\(fixture)")))
    }

    private func put(_ cluster: RunningCluster, _ document: String, _ bytes: [UInt8], _ headers: HTTPHeaders = [:])
        async throws -> RunningCluster.Answer
    {
        try await RunningCluster.send(
            .PUT, "\(cluster.url)/documents/\(document)", headers: headers,
            body: String(decoding: bytes, as: UTF8.self))
    }

    @Test(
        "a document of an HTTP origin and one of S3 give the same tile as the file itself",
        .enabled(if: PythonTools.arePresent, PythonTools.missing))
    func sameTiles() async throws {
        let library = try Library([Self.fixture])
        let bucket = "\(NSTemporaryDirectory())recto-s3-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: bucket) }
        try FileManager.default.createDirectory(atPath: "\(bucket)/docs", withIntermediateDirectories: true)
        try FileManager.default.copyItem(
            atPath: "\(Programs.fixtures)/\(Self.fixture)", toPath: "\(bucket)/docs/\(Self.fixture)")
        let store = try await GuardedServer { port in
            [
                PythonTools.script("rclone"), "--config", "/dev/null", "serve", "s3", "--auth-key",
                "AKIDEXAMPLE,secret+of/many=letters", "--addr", "127.0.0.1:\(port)", bucket,
            ]
        }
        let origin = try await GuardedServer { port in
            ["python3", "\(Programs.repository)/examples/archive-provider.py", library.path, "\(port)"]
        }
        let cluster = try RunningCluster(
            library, ["--nodes", "1", "--archive-allow-private"],
            archives: ["store=s3://docs", "web=\(origin.url)/", "disk=\(library.path)"],
            environment: [
                "AWS_ENDPOINT_URL": store.url, "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
                "AWS_SECRET_ACCESS_KEY": "secret+of/many=letters",
            ])
        var tiles: Set<[UInt8]> = []
        for archive in ["store", "web", "disk"] {
            let answer = try await cluster.get("/iiif/\(archive)%2F\(Self.fixture)/\(Self.tile)")
            #expect(answer.status == 200)
            tiles.insert(answer.body)
            let structure = try await cluster.get("/documents/\(archive)%2F\(Self.fixture)/structure")
            #expect(structure.events.last?["event"] as? String == "end")
        }
        #expect(tiles.count == 1)
        let listed = try await cluster.get("/documents").json("documents", as: [[String: Any]].self) ?? []
        #expect(
            listed.compactMap { $0["id"] as? String }
                == ["disk/\(Self.fixture)", "store/\(Self.fixture)", "web/\(Self.fixture)"])
        // Whatever tells the times: the inode, LastModified, or the list of the origin.
        let feed = try await eventually(try await cluster.get("/changes")) {
            ($0.json("items", as: [Any].self) ?? []).count == 3
        }
        let items = feed.json("items", as: [[String: Any]].self) ?? []
        #expect(Set(items.compactMap { $0["title"] as? String }).count == 3)
        let tag = try #require(feed.headers.first(name: "ETag"))
        #expect(try await cluster.get("/changes", headers: ["If-None-Match": tag]).status == 304)
        cluster.stop()
    }

    @Test("documents are written, replaced under a condition and deleted, and the feed tells of it")
    func writing() async throws {
        let cluster = try RunningCluster(try Library([Self.fixture]), ["--nodes", "1", "--writable"])
        let svg = Array("<svg xmlns='http://www.w3.org/2000/svg' width='10' height='10'/>".utf8)
        let created = try await put(cluster, "new%2Fa.svg", svg, ["If-None-Match": "*"])
        #expect(created.status == 201)
        let tag = try #require(created.headers.first(name: "ETag"))
        #expect(try await put(cluster, "new%2Fa.svg", svg, ["If-None-Match": "*"]).problem == "precondition-failed")
        #expect(try await cluster.get("/documents/new%2Fa.svg/structure").status == 200)
        #expect(try await put(cluster, "new%2Fa.svg", svg + [10], ["If-Match": tag]).status == 200)
        #expect(try await put(cluster, "new%2Fa.svg", svg, ["If-Match": tag]).status == 412)
        #expect(try await put(cluster, "new%2Fa.svg", svg, ["Origin": "https://evil.test"]).status == 403)
        #expect(try await put(cluster, "new%2Fa.svg", svg, ["Origin": cluster.url]).status == 200)
        #expect(try await put(cluster, "..%2Fa.svg", svg).status == 400)
        #expect(try await put(cluster, "new", svg).problem == "name-taken")
        #expect(try await put(cluster, "new%2Fa.svg%2Fb", svg).problem == "name-taken")

        try await changesTell(cluster)

        let address = "\(cluster.url)/documents/new%2Fa.svg"
        #expect(try await RunningCluster.send(.DELETE, address, headers: ["If-Match": tag]).status == 412)
        #expect(try await RunningCluster.send(.DELETE, address).status == 204)
        #expect(try await RunningCluster.send(.DELETE, address).status == 404)
        #expect(try await cluster.get("/documents/new%2Fa.svg/structure").status == 404)
        cluster.stop()
    }

    private func changesTell(_ cluster: RunningCluster) async throws {
        // What is younger than two seconds is not told yet.
        let deadline = ContinuousClock.now + .seconds(20)
        var feed = try await cluster.get("/changes")
        while (feed.json("items", as: [Any].self) ?? []).count < 2, ContinuousClock.now < deadline {
            feed = try await cluster.get("/changes")
        }
        let titles = (feed.json("items", as: [[String: Any]].self) ?? []).compactMap { $0["title"] as? String }
        #expect(titles == [Self.fixture, "new/a.svg"])
        let tag = try #require(feed.headers.first(name: "ETag"))
        #expect(try await cluster.get("/changes", headers: ["If-None-Match": tag]).status == 304)

        let first = try await cluster.get("/changes?limit=1")
        #expect(first.json("items", as: [Any].self)?.count == 1)
        let next = try #require(first.json("next_url", as: String.self))
        let second = try await RunningCluster.send(.GET, next)
        #expect((second.json("items", as: [[String: Any]].self) ?? []).map { $0["title"] as? String } == ["new/a.svg"])
        #expect(second.json("next_url", as: String.self) == nil)
        #expect(try await cluster.get("/changes?cursor=x").status == 400)
    }

    @Test("without --writable nothing is written")
    func readOnly() async throws {
        let cluster = try RunningCluster(try Library([Self.fixture]), ["--nodes", "1"])
        #expect(try await put(cluster, "a.svg", [1]).status == 403)
        #expect(try await RunningCluster.send(.DELETE, "\(cluster.url)/documents/\(Self.fixture)").status == 403)
        #expect(try await cluster.get("/documents/\(Self.fixture)/structure").status == 200)
        cluster.stop()
    }

    @Test("where the archive decides rights, nothing that one caller saw is shown to another")
    func callers() async throws {
        let library = try Library([Self.fixture])
        let origin = try await GuardedServer { port in
            [
                "python3", "\(Programs.repository)/examples/archive-provider.py", library.path, "\(port)",
                "Authorization=Bearer reader",
            ]
        }
        let cluster = try RunningCluster(
            library, ["--nodes", "1", "--archive-allow-private", "--archive-forward-header", "Authorization"],
            archives: [origin.url + "/"], environment: ["RECTO_ARCHIVE_AUTHORIZATION": "Bearer reader"])
        let (reader, stranger): (HTTPHeaders, HTTPHeaders) = (
            ["Authorization": "Bearer reader"], ["Authorization": "Bearer stranger"]
        )
        let tile = "/iiif/\(Self.fixture)/\(Self.tile)"
        let seen = try await cluster.get(tile, headers: reader)
        #expect(seen.status == 200)
        #expect(seen.headers.first(name: "Cache-Control")?.contains("private") == true)
        let tag = try #require(seen.headers.first(name: "ETag"))
        for path in [tile, "/documents/\(Self.fixture)/structure", "/documents/\(Self.fixture)/copies", "/documents"] {
            #expect(try await cluster.get(path, headers: stranger).status == 403)
            #expect(try await cluster.get(path).status == 401)
        }
        #expect(
            try await cluster.get(tile, headers: ["Authorization": "Bearer stranger", "If-None-Match": tag]).status
                == 403)
        #expect(try await cluster.get(tile, headers: reader).isHit)
        cluster.stop()
    }

    @Test(
        "wrong settings of an archive end the start with what to do about it",
        .enabled(if: PythonTools.arePresent, PythonTools.missing))
    func wrongSettings() async throws {
        let folder = try Library()
        let store = try await GuardedServer { port in
            [
                PythonTools.script("rclone"), "--config", "/dev/null", "serve", "s3", "--auth-key", "AKIDEXAMPLE,right",
                "--addr", "127.0.0.1:\(port)", folder.path,
            ]
        }
        func start(_ archive: String, _ environment: [String: String] = [:]) throws -> Programs.Outcome {
            try Programs.run(
                ["serve", "--archive", archive, "--port", "0", "--admin-port", "0"], environment: environment)
        }
        let right = [
            "AWS_ENDPOINT_URL": store.url, "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "right",
        ]
        let wrong = try start("s3://bucket", right.merging(["AWS_SECRET_ACCESS_KEY": "wrong"]) { $1 })
        #expect(wrong.status == 1 && wrong.error.contains("AWS_SECRET_ACCESS_KEY"))
        let unknown = try start("s3://bucket", right.merging(["AWS_ACCESS_KEY_ID": "OTHERKEY"]) { $1 })
        #expect(unknown.status == 1 && unknown.error.contains("AWS_ACCESS_KEY_ID"))
        let missing = try start("s3://bucket", right)
        #expect(missing.status == 1 && missing.error.contains("there is no bucket “bucket”"))
        let loopback = try start("http://0x7f.1:\(store.port)/")
        #expect(loopback.status == 1 && loopback.error.contains("--archive-allow-private"))
        #expect(try start("gopher://host/").status == 1)
        let unnamed = try Programs.run(["serve", "--archive", "a", "--archive", "b"])
        #expect(unnamed.status == 2 && unnamed.error.contains("NAME=LOCATION"))
    }
}
