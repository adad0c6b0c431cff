// SPDX-License-Identifier: Apache-2.0

import Foundation
import NIOHTTP1
import Testing

struct CommandLineTests {
    private let fixtures = Programs.fixtures

    @Test(
        "wrong usage ends with 2 and says what is right",
        arguments: [
            ["serve", "--port", "0"], ["serve", "--archive", "/tmp", "--nodes", "999"],
            ["serve", "--archive", "/tmp", "--policy", "luck"], ["serve", "--port", "x"], ["scale"],
            ["serve", "--archive", "/tmp", "--policy-for", "tile=luck"],
            ["serve", "--archive", "/tmp", "--policy-for", "lunch=random"],
            ["serve", "--archive", "/tmp", "--session-token", "cookie:x"],
            ["router", "--slow-start", "-1"],
            ["router", "--head-bytes", "1"], ["router", "--retry-share", "101"], ["router", "--head-timeout", "x"],
            ["serve", "--archive", "/tmp", "--connections", "0"], ["serve", "--archive", "/tmp", "--threads", "0"],
            ["scale", "-1"], ["scale", "1000"], ["render", "a.pdf"], ["render", "a.pdf", "-o", "a.gif"], ["nonsense"],
            ["node", "--archive", "/tmp"],
            ["serve", "--log", "xml"], ["serve", "--archive", "/tmp", "--workers", "0"],
        ])
    func usage(arguments: [String]) throws {
        let outcome = try Programs.run(arguments)
        #expect(outcome.status == 2)
        #expect(outcome.output.isEmpty)
        #expect(!outcome.error.isEmpty)
    }

    @Test("what cannot be done ends with 1 and says why")
    func failures() throws {
        for (arguments, reason) in [
            (
                ["serve", "--archive", "/nowhere", "--port", "0", "--admin-port", "0"],
                "/nowhere: No such file or directory"
            ),
            (["inspect", "/nowhere.pdf"], "No such file or directory"),
            (["inspect", "\(fixtures)/truncated.pdf"], "damaged"),
            (["inspect", "\(fixtures)/locked.pdf"], "password"),
            (["render", "\(fixtures)/ten-pages.pdf", "--page", "11", "-o", "/tmp/never.png"], "from 1 to 10"),
            (["render", "\(fixtures)/ten-pages.pdf", "-o", "/nowhere/x.png"], "No such file or directory"),
            (["status", "--admin", "http://127.0.0.1:1"], "no admin port"),
        ] {
            let outcome = try Programs.run(arguments)
            #expect(outcome.status == 1, "\(arguments): \(outcome.error)")
            #expect(outcome.error.contains(reason), "\(arguments): \(outcome.error)")
        }
    }

    @Test("a port that is in use is said in one line")
    func portInUse() throws {
        let cluster = try RunningCluster(try Library(["letter.pdf"]))
        let port = try #require(cluster.url.split(separator: ":").last)
        let outcome = try Programs.run(
            ["serve", "--archive", fixtures, "--port", String(port), "--admin-port", "0"])
        #expect(outcome.status == 1)
        #expect(outcome.error.contains("cannot listen at 127.0.0.1:\(port)"))
        cluster.stop()
    }

    @Test("every option can come from the environment, and the command line wins")
    func environment() throws {
        let wrong = try Programs.run(["scale", "1"], environment: ["RECTO_ADMIN": "http://127.0.0.1:1"])
        #expect(wrong.status == 1 && wrong.error.contains("127.0.0.1:1"))
        let malformed = try Programs.run(["serve"], environment: ["RECTO_PORT": "x"])
        #expect(malformed.status == 2 && malformed.error.contains("RECTO_PORT"))
        let other = try Programs.run(
            ["scale", "1", "--admin", "http://127.0.0.1:2"], environment: ["RECTO_ADMIN": "http://127.0.0.1:1"])
        #expect(other.error.contains("127.0.0.1:2"))
    }

    @Test("a limit of the command line holds, one of the environment too, and one that cannot be says its range")
    func limits() async throws {
        let wrong = try Programs.run(["router"], environment: ["RECTO_BODY_LIMIT": "0"])
        #expect(wrong.status == 2 && wrong.error.contains("--body-limit is from 1 to 1048576 megabytes."))
        let cluster = try RunningCluster(
            try Library(["letter.pdf"]), ["--nodes", "0", "--head-bytes", "1024"],
            environment: ["RECTO_HEAD_FIELDS": "20"])
        #expect(try await cluster.get("/healthz").status == 200)
        let long = String(repeating: "a", count: 1100)
        #expect(try await cluster.get("/healthz", headers: ["X-Long": long]).status == 431)
        let many = HTTPHeaders((0..<30).map { ("X-\($0)", "1") })
        #expect(try await cluster.get("/healthz", headers: many).status == 431)
        cluster.stop()
    }

    @Test("inspect prints the structure as JSON")
    func inspect() throws {
        let outcome = try Programs.run(["inspect", "\(fixtures)/ten-pages.pdf"])
        #expect(outcome.status == 0)
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
        #expect(object["pageCount"] as? Int == 10)
        #expect((object["pages"] as? [[String: Any]])?.map { $0["label"] as? String }[3] == "1")
        #expect((object["outline"] as? [[String: Any]])?.count == 4)
    }

    @Test("render writes a page", arguments: ["png", "jpg", "webp"])
    func render(format: String) throws {
        let path = NSTemporaryDirectory() + "recto-render-\(UUID().uuidString).\(format)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let outcome = try Programs.run(
            ["render", "\(fixtures)/ten-pages.pdf", "--page", "3", "--width", "400", "-o", path])
        #expect(outcome.status == 0)
        let head = Array(try Data(contentsOf: URL(fileURLWithPath: path)).prefix(12))
        let marks: [String: [UInt8]] = ["png": [0x89, 0x50], "jpg": [0xFF, 0xD8], "webp": Array("RIFF".utf8)]
        #expect(head.starts(with: marks[format] ?? []))
        #expect(outcome.error.contains("400 × 283"))
    }

    @Test("help is complete for every command")
    func help() throws {
        for command in ["serve", "router", "portal", "node", "scale", "status", "render", "inspect"] {
            let outcome = try Programs.run([command, "--help"])
            #expect(outcome.status == 0 && outcome.output.contains("USAGE"))
        }
        #expect(try Programs.run(["--version"]).output.contains("."))
    }
}
