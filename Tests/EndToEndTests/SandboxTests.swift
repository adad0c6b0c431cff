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

        // Two processes for each role: one works, one waits. The one that waits may still be starting.
        let workers = await eventually(cluster.workers(of: cluster.processID)) { workers in
            workers.count == 6 && workers.allSatisfy { worker in (try? status(worker)["Seccomp"] == "2") ?? false }
                && workers.allSatisfy { worker in
                    (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(worker)/task").count) == 2
                }
        }
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
            #expect(files.split(separator: " ").dropFirst(3).prefix(2) == ["2048", "2048"])
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

    @Test("where Landlock is missing, --sandbox=required does not start and says so, and best goes on")
    func missing() throws {
        let library = try Library(["letter.pdf"])
        let serve = ["without-landlock", "\(Programs.folder)/recto", "serve", "--archive", library.path, "--port", "0"]
        let refused = try Programs.run(
            serve + ["--admin-port", "0", "--sandbox", "required"], program: "sandbox-probe")
        #expect(refused.status == 1)
        #expect(refused.error.contains("recto-worker: the sandbox does not hold: landlock: Function not implemented"))
        #expect(refused.error.contains("the sandbox is required and does not hold on this machine"))

        let picture = "\(library.path)/picture.png"
        let render = ["\(Programs.folder)/recto", "render", "\(library.path)/letter.pdf", "-o", picture]
        let rendered = try Programs.run(["without-landlock"] + render, program: "sandbox-probe")
        #expect(rendered.status == 0, "\(rendered.error)")
        #expect(FileManager.default.fileExists(atPath: picture))
    }

    @Test("a font that a document does not bring is taken from the machine, as without the sandbox")
    func substitutedFont() throws {
        try #require(
            FileManager.default.fileExists(atPath: "/usr/share/fonts"), "this machine has no fonts in /usr/share/fonts")
        let library = try Library(["no-font.pdf"])
        let picture = "\(library.path)/picture.png"
        let rendered = try Programs.run(
            ["render", "\(library.path)/no-font.pdf", "--width", "400", "-o", picture],
            environment: ["RECTO_SANDBOX": "required"])
        #expect(rendered.status == 0, "\(rendered.error)")
        // PDFium brings glyphs for the Latin alphabet only: what is dark here was drawn with a font of the machine.
        let page = try Screenshot(try Data(contentsOf: URL(fileURLWithPath: picture)))
        var dark = 0
        for y in 0..<page.height {
            for x in 0..<page.width where page.pixel(x, y) & 0xFF < 0x80 { dark += 1 }
        }
        #expect(dark > 500)
    }

    @Test("--sandbox takes no other word")
    func wrongUsage() throws {
        let outcome = try Programs.run(["serve", "--archive", "/tmp", "--sandbox", "maybe"])
        #expect(outcome.status == 2 && outcome.error.contains("--sandbox"))
    }
}
