// SPDX-License-Identifier: Apache-2.0

import RedisClient
import RedisServer
import TestSupport
import Testing

struct RedisClientTests {
    private static func client(
        _ address: String, patience: Duration = .seconds(20), warnings: Warnings = Warnings()
    ) throws -> RedisClient {
        var configuration = RedisClient.Configuration()
        configuration.patience = patience
        configuration.unhurried = .seconds(20)
        return RedisClient(try RedisAddress(address), purpose: "tests", configuration, logger: warnings.logger)
    }

    private static func command(_ words: String...) -> [[UInt8]] { words.map { Array($0.utf8) } }

    @Test("values come back byte for byte, small and large")
    func values() async throws {
        let server = try await RedisServer()
        let redis = try Self.client(server.address)
        for count in [0, 1, 100_000, 3 << 20] {
            let value = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
            #expect(await redis.ask(Self.command("SET", "k\r\n$1") + [value]) == .status("OK"))
            #expect(await redis.ask(Self.command("GET", "k\r\n$1")) == .bytes(value))
        }
        #expect(await redis.ask(Self.command("GET", "nothing")) == RedisReply.none)
    }

    @Test("many ask at a time, each gets its own answer")
    func many() async throws {
        let server = try await RedisServer()
        let redis = try Self.client(server.address)
        await withTaskGroup(of: Bool.self) { group in
            for number in 0..<40 {
                group.addTask { await redis.ask(Self.command("ECHO", "\(number)")) == .bytes(Array("\(number)".utf8)) }
            }
            for await isRight in group { #expect(isRight) }
        }
    }

    @Test("who needs a password gets in with it, and without it there is one warning, without the password")
    func password() async throws {
        let server = try await RedisServer(password: "hunter2")
        #expect(await (try Self.client(server.address)).ask(Self.command("PING")) == .status("PONG"))
        let warnings = Warnings()
        let wrong = try Self.client("redis://:hunter3@127.0.0.1:\(server.port)", warnings: warnings)
        #expect(await wrong.ask(Self.command("PING")) == nil)
        #expect(await wrong.ask(Self.command("PING")) == nil)
        #expect(warnings.all.count == 1 && warnings.all.allSatisfy { !$0.contains("hunter") })
    }

    @Test("where nobody listens there is no answer, one warning, and a pause")
    func refused() async throws {
        let warnings = Warnings()
        let redis = try Self.client("redis://127.0.0.1:\(try LoopbackPort.free())", warnings: warnings)
        for _ in 0..<5 { #expect(await redis.ask(Self.command("PING")) == nil) }
        #expect(redis.isPaused && warnings.all.count == 1)
    }

    @Test("a server that hangs holds up nobody beyond their patience")
    func halted() async throws {
        let server = try await RedisServer()
        let redis = try Self.client(server.address, patience: .milliseconds(20))
        server.halt()
        #expect(await redis.ask(Self.command("PING")) == nil)
        // Who asked has gone; whoever asked for them notes the failure a moment later. The next one does not even wait.
        let deadline = ContinuousClock.now + .seconds(20)
        while !redis.isPaused, ContinuousClock.now < deadline { await Task.yield() }
        #expect(redis.isPaused)
        #expect(await redis.ask(Self.command("PING")) == nil)
        server.resume()
    }

    @Test("unless told otherwise, nobody waits longer than 20 ms")
    func patience() {
        #expect(RedisClient.Configuration().patience == .milliseconds(20))
    }

    @Test(
        "what is no answer of Redis is none, and ends the connection",
        arguments: [
            "HTTP/1.1 400 Bad Request\r\n\r\n", "$-5\r\n", "$999999999\r\n", "*1000000\r\n", "\0\0\0\0", ":x\r\n",
            "$5\r\nab",
        ])
    func garbage(_ answer: String) async throws {
        let server = try BabblingServer(Array(answer.utf8))
        let redis = try Self.client(server.address, patience: .milliseconds(500))
        let reply = await redis.ask(Self.command("GET", "a"))
        if case .bytes = reply { Issue.record("it took \(answer) for a value") }
        #expect(reply == nil || answer == ":x\r\n")
    }

    @Test("an answer that is longer than allowed is none")
    func long() async throws {
        let server = try await RedisServer()
        let redis = try Self.client(server.address)
        _ = await redis.ask(Self.command("SETRANGE", "long", "\(20 << 20)", "x"))
        #expect(await redis.ask(Self.command("GET", "long")) == nil)
    }
}
