// SPDX-License-Identifier: Apache-2.0

import Foundation
import NIOHTTP1
import Testing

/// `serve --autoscale` on the built program, with short windows.
@Suite(.serialized)
struct AutoscaleTests {
    private func nodes(_ cluster: RunningCluster) async throws -> Int? {
        try await cluster.admin(.GET, "/admin/nodes").json("wanted", as: Int.self)
    }

    @Test("an idle cluster goes down to no node, the portal answers, and work brings a node back")
    func zero() async throws {
        let cluster = try RunningCluster(
            try Library(["ten-pages.pdf"]),
            ["--autoscale", "0...2", "--autoscale-window", "0.5", "--autoscale-patience", "1", "--workers", "1"])
        let state = try await cluster.admin(.GET, "/admin/nodes").json("autoscale", as: [String: Any].self)
        #expect(state?["minimum"] as? Int == 0 && state?["maximum"] as? Int == 2)
        _ = try await eventually(await cluster.members()) { members in !members.contains { $0.role == "node" } }
        let tile = "/iiif/ten-pages.pdf/2/full/100,/0/default.png"
        let answer = try await cluster.get(tile)
        #expect(answer.status == 200 && answer.node == "portal-1")

        let paths = (100...400).map { "/iiif/ten-pages.pdf/2/full/\($0),/0/default.png" }
        let readers = Readers(cluster.url, paths: paths)
        let wanted = try await eventually(await nodes(cluster) ?? 0, until: { $0 > 0 })
        #expect(wanted > 0)
        #expect(await readers.stop().failures == [])
        cluster.stop()
    }

    @Test("the operator's word counts: a number ends following the load, a range begins it")
    func byHand() async throws {
        let cluster = try RunningCluster(
            try Library(["ten-pages.pdf"]), ["--autoscale", "1...2", "--nodes", "1", "--workers", "1"])
        let fixed = try Programs.run(["scale", "2", "--admin", cluster.admin])
        #expect(fixed.status == 0)
        #expect(try await nodes(cluster) == 2)
        #expect(try await cluster.admin(.GET, "/admin/nodes").json("autoscale", as: [String: Any].self) == nil)
        let range = try Programs.run(["scale", "0...1", "--admin", cluster.admin])
        #expect(range.status == 0)
        #expect(try await nodes(cluster) == 1)
        let table = try Programs.run(["status", "--admin", cluster.admin])
        #expect(table.output.contains("0...1 by load"))
        for wrong in ["1..2", "3...1", "0...65", "-1", "x"] {
            #expect(try Programs.run(["scale", wrong, "--admin", cluster.admin]).status == 2)
        }
        cluster.stop()
    }

    @Test("a node that stays takes over the processors of those that go, and gives them back")
    func processors() async throws {
        let processors = ProcessInfo.processInfo.activeProcessorCount
        let cluster = try RunningCluster(try Library(["ten-pages.pdf"]), ["--nodes", "2"])
        #expect(try await cluster.readyNodes().count == 2)
        let node = try #require(cluster.process(ofNode: "node-1"))
        // One more than work at a time is there for when one dies.
        func workers() -> Int { cluster.workers(of: node).count }
        for (nodes, expected) in [(1, processors), (2, max(1, processors / 2))] {
            _ = try await cluster.admin(.PUT, "/admin/scale", "{\"nodes\":\(nodes)}")
            #expect(await eventually(workers(), until: { $0 == expected + 1 }) == expected + 1, "\(nodes) nodes")
        }
        #expect(cluster.process(ofNode: "node-1") == node)
        cluster.stop()
    }

    @Test("status goes on until it is interrupted, and writes no control characters into a pipe")
    func watch() async throws {
        let cluster = try RunningCluster(try Library(["ten-pages.pdf"]), ["--nodes", "1", "--workers", "1"])
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "\(Programs.folder)/recto")
        process.arguments = ["status", "--watch", "--admin", cluster.admin]
        let output = Pipe()
        process.standardOutput = output
        process.standardInput = FileHandle.nullDevice
        try process.run()
        var text = Data()
        while text.split(separator: UInt8(ascii: "\n")).filter({ $0.starts(with: Data("MEMBER".utf8)) }).count < 2,
            let more = try output.fileHandleForReading.read(upToCount: 1), !more.isEmpty
        {
            text += more
        }
        process.interrupt()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        let shown = String(decoding: text, as: UTF8.self)
        #expect(shown.contains("SHARE") && shown.contains("node-1"))
        #expect(!shown.contains("\u{1B}"))
        cluster.stop()
    }
}
