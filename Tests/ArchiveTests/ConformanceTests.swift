// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPService
import NIOCore
import NIOHTTP1
import Testing

/// `scripts/archive-conformance`, which anybody can run against a server of their own.
struct ConformanceTests {
    private func check(_ url: String, _ document: String, _ more: [String] = []) throws -> (status: Int32, text: String)
    {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "\(LocalServer.repository)/scripts/archive-conformance", url, document] + more
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let text = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: text, as: UTF8.self))
    }

    @Test("the example provider keeps all rules, and needs no allowance")
    func example() async throws {
        let origin = try await OriginUnderTest.example()
        try await origin.put("folder/a b.pdf", Array("hello".utf8))
        let (status, text) = try check(origin.server.url, "folder/a b.pdf")
        #expect(status == 0 && text.contains("all rules hold") && !text.contains("note"), "\(text)")
    }

    @Test("nginx with a folder and a list keeps all rules", .enabled(if: NginxConfiguration.program != nil))
    func nginx() async throws {
        let origin = try await OriginUnderTest.nginx()
        try await origin.put("a.pdf", Array("hello".utf8))
        let (status, text) = try check(origin.server.url, "a.pdf")
        #expect(status == 0 && text.contains("all rules hold"), "\(text)")
    }

    @Test("a server that answers other bytes than it says does not pass")
    func wrong() async throws {
        // Every range starts at the beginning.
        let server = try await HTTPServer.start(
            .init(host: "127.0.0.1", port: 0),
            responder: HTTPHandler { request in
                guard request.headers.contains(name: "Range") else { return .now(.text("hello")) }
                return .now(
                    HTTPAnswer(
                        status: .partialContent, headers: ["Content-Range": "bytes 0-1/5"],
                        body: .bytes(.init(string: "he"))))
            })
        let (status, text) = try check(server.url, "a.pdf")
        #expect(status == 1 && text.contains("FAIL") && text.contains("rules do not hold"), "\(text)")
        await server.shutDown()
    }
}
