// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// The workers of a running cluster are closed in, and do their work all the same.
@Suite(.serialized)
struct SandboxTests {
    private func status(_ process: Int32) throws -> [String: String] {
        let text = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
        let lines = text.split(separator: "\n").map { $0.split(separator: ":", maxSplits: 1) }
        return Dictionary(
            lines.map { (String($0[0]), $0.count > 1 ? $0[1].trimmingCharacters(in: .whitespaces) : "") }
        ) { $1 }
    }

    @Test(
        "every thread of every worker is filtered, without privileges, and draws fonts that a document does not bring")
    func workers() async throws {
        let cluster = try RunningCluster(
            try Library(["letter.pdf"]), ["--nodes", "2", "--workers", "1", "--sandbox", "required"])
        let tile = try await cluster.get("/iiif/letter.pdf/1/full/400,/0/default.png")
        #expect(tile.status == 200)

        let workers = cluster.workers(of: cluster.processID)
        // Two processes for each role: one works, one waits.
        #expect(workers.count == 6)
        for worker in workers {
            let threads = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(worker)/task")
            #expect(threads.count == 2)
            for thread in threads.compactMap({ Int32($0) }) {
                let status = try status(thread)
                #expect(status["Seccomp"] == "2")
                #expect(status["NoNewPrivs"] == "1")
                #expect(status["CapEff"] == "0000000000000000")
                #expect(status["CapPrm"] == "0000000000000000")
            }
            let limits = try String(contentsOfFile: "/proc/\(worker)/limits", encoding: .utf8)
            let files = limits.split(separator: "\n").first { $0.hasPrefix("Max open files") } ?? ""
            #expect(files.split(separator: " ").dropFirst(3).prefix(2) == ["1024", "1024"])
        }
        cluster.stop()
    }

    @Test("start-up says what of the sandbox holds")
    func log() async throws {
        let cluster = try RunningCluster(try Library(["letter.pdf"]), ["--nodes", "1"])
        let line = try #require(cluster.logLines.first { $0.contains("the workers' sandbox holds") })
        #expect(line.contains("landlock") && line.contains("seccomp"))
        cluster.stop()
    }

    @Test("--sandbox takes no other word")
    func wrongUsage() throws {
        let outcome = try Programs.run(["serve", "--archive", "/tmp", "--sandbox", "maybe"])
        #expect(outcome.status == 2 && outcome.error.contains("--sandbox"))
    }
}
