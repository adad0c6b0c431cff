// SPDX-License-Identifier: Apache-2.0

import Affinity
import Cluster
import HTTPService
import NIOCore
import NIOHTTP1
import Testing

@testable import Router

/// A session in a form: no member can be chosen before the form is there.
struct AwaitedFormTests {
    private static let show: @Sendable (HTTPRequest) -> HTTPReply = { .now(.text(String(buffer: $0.body))) }
    private static let ids = ["a", "b", "c", "d"]

    private func start(configure: (inout RouterConfiguration) -> Void = { _ in }) async throws -> RunningRouter {
        try await RunningRouter.start(
            policies: RoutePolicies(SessionTokenPolicy.self),
            configure: {
                $0.sessionToken = SessionToken(.form, "sid")
                configure(&$0)
            }, Self.ids.map { ($0, .node, Self.show) })
    }

    private func head(_ document: Int, _ length: Int, _ fields: String = "") -> String {
        "POST /documents/d\(document)/search HTTP/1.1\r\nHost: h\r\nContent-Length: \(length)\r\n"
            + "Content-Type: application/x-www-form-urlencoded\r\n\(fields)\r\n"
    }

    private func member(_ answer: String) -> String {
        answer.components(of: "\r\n").first { $0.lowercased().hasPrefix("x-recto-node:") } ?? ""
    }

    @Test("a form in several packets names the session as one in a single packet does, and arrives as it was sent")
    func pieces() async throws {
        let setting = try await start()
        let client = try await setting.connect()
        var members: [String: Set<String>] = [:]
        for session in ["one", "two", "three", "four", "five", "six"] {
            let form = "x=%20\n&y=1&sid=\(session)"
            for document in 0..<3 {
                let whole = Array((head(document, form.utf8.count) + form).utf8)
                // At once, byte by byte, and torn within the session.
                for size in [whole.count, 1, whole.count - 2] {
                    for start in stride(from: 0, to: whole.count, by: size) {
                        try await client.send(Array(whole[start..<min(start + size, whole.count)]))
                    }
                    let answer = await client.answer()
                    #expect(answer.statusCode == "200" && answer.hasSuffix("\r\n\r\n\(form)"))
                    members[session, default: []].insert(member(answer))
                }
            }
        }
        #expect(members.values.allSatisfy { $0.count == 1 && $0 != [""] })
        #expect(Set(members.values).count > 1)
        await client.close()
        await setting.stop()
    }

    @Test("who waits for 100 Continue with such a form gets it, once")
    func continues() async throws {
        let setting = try await start()
        let client = try await setting.connect()
        for _ in 0..<2 {
            client.send(head(1, 7, "Expect: 100-continue\r\n"))
            #expect(await client.take { $0.hasSuffix("\r\n\r\n") } == "HTTP/1.1 100 Continue\r\n\r\n")
            try await client.send(Array("sid".utf8))
            try await client.send(Array("=one".utf8))
            let answer = await client.answer()
            #expect(answer.statusCode == "200" && answer.hasSuffix("\r\n\r\nsid=one"))
        }
        await client.close()
        await setting.stop()
    }

    @Test("a form that does not come is given up like a head that does not")
    func never() async throws {
        let setting = try await start { $0.headTimeout = .milliseconds(100) }
        for sent in ["", "sid=o"] {
            let answer = try await setting.answers(to: head(1, 7) + sent)
            #expect(answer.statusCode == "408" && answer.contains("Connection: close\r\n"))
        }
        await setting.stop()
    }

    @Test("requests behind such a form are answered after it")
    func pipelining() async throws {
        let setting = try await start()
        let client = try await setting.connect()
        let message = head(1, 7) + "sid=one"
        client.send(message + message + "GET /healthz HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        let answers = await client.rest().components(of: "HTTP/1.1 200 OK\r\n")
        #expect(answers.count == 3)
        #expect(answers.prefix(2).allSatisfy { $0.hasSuffix("sid=one") } && answers.last?.hasSuffix("ok\n") == true)
        await client.close()
        await setting.stop()
    }
}
