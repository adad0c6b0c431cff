// SPDX-License-Identifier: Apache-2.0

import CHiredis
import Glibc

/// What went wrong between us and a server.
struct RedisFailure: Error, Equatable {
    let reason: String
}

/// One connection, whose waits are bounded as a whole and not read by read: a server that sends a byte now and then must not
/// hold its thread.
///
/// Not to be used by two threads at a time; `RedisClient` sees to it.
final class RedisConnection: @unchecked Sendable {
    /// When a wait is over.
    struct Times {
        let firstByte: ContinuousClock.Instant
        let last: ContinuousClock.Instant
    }

    private let context: UnsafeMutablePointer<redisContext>

    /// Connects, and says who we are where the address says so.
    /// - Throws: `RedisFailure`.
    init(_ address: RedisAddress, until deadline: ContinuousClock.Instant) throws(RedisFailure) {
        guard let context = redisConnectNonBlock(address.host, CInt(address.port)) else {
            throw RedisFailure(reason: "no memory")
        }
        self.context = context
        guard context.pointee.err == 0 else { throw Self.failure(context) }
        try Self.wait(context.pointee.fd, POLLOUT, until: deadline)
        var code: CInt = 0
        var length = socklen_t(MemoryLayout<CInt>.size)
        getsockopt(context.pointee.fd, SOL_SOCKET, SO_ERROR, &code, &length)
        guard code == 0 else { throw RedisFailure(reason: String(cString: strerror(code))) }
        var on: CInt = 1
        setsockopt(context.pointee.fd, CInt(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<CInt>.size))
        try greet(address, until: deadline)
    }

    deinit { redisFree(context) }

    private func greet(_ address: RedisAddress, until deadline: ContinuousClock.Instant) throws(RedisFailure) {
        var greetings: [[String]] = []
        if let password = address.password {
            greetings.append(["AUTH"] + (address.user.map { [$0] } ?? []) + [password])
        }
        if address.database != 0 { greetings.append(["SELECT", "\(address.database)"]) }
        for greeting in greetings {
            let reply = try ask(
                greeting.map { Array($0.utf8) }, longest: 4096, Times(firstByte: deadline, last: deadline))
            if case .refused(let reason) = reply { throw RedisFailure(reason: reason) }
        }
    }

    /// - Parameter longest: bytes of an answer; a longer one ends the connection.
    /// - Throws: `RedisFailure`; the connection is of no use then.
    func ask(
        _ command: [[UInt8]], longest: Int, _ times: Times
    ) throws(RedisFailure) -> RedisReply {
        append(command)
        try send(until: times.firstByte)
        return try receive(longest, times)
    }

    private func append(_ command: [[UInt8]]) {
        // In one piece, so that there is one address for each argument.
        let bytes = command.flatMap { $0 }
        let lengths = command.map(\.count)
        bytes.withUnsafeBytes { bytes in
            var place = 0
            var pointers: [UnsafePointer<CChar>?] = []
            let start = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
            for length in lengths {
                pointers.append(start.map { $0 + place })
                place += length
            }
            _ = redisAppendCommandArgv(context, CInt(lengths.count), &pointers, lengths)
        }
    }

    private func send(until deadline: ContinuousClock.Instant) throws(RedisFailure) {
        var isDone: CInt = 0
        while true {
            guard redisBufferWrite(context, &isDone) == REDIS_OK else { throw Self.failure(context) }
            if isDone != 0 { return }
            try Self.wait(context.pointee.fd, POLLOUT, until: deadline)
        }
    }

    private func receive(_ longest: Int, _ times: Times) throws(RedisFailure) -> RedisReply {
        // hiredis reads 16 KiB at a time.
        for number in 0...(longest / 1024 + 64) {
            try Self.wait(context.pointee.fd, POLLIN, until: number == 0 ? times.firstByte : times.last)
            guard redisBufferRead(context) == REDIS_OK else { throw Self.failure(context) }
            var reply: UnsafeMutableRawPointer?
            guard redisGetReplyFromReader(context, &reply) == REDIS_OK else { throw Self.failure(context) }
            guard let reply else {
                guard context.pointee.reader.pointee.len <= longest + 4096 else { break }
                continue
            }
            defer { freeReplyObject(reply) }
            return RedisReply(reply.assumingMemoryBound(to: redisReply.self).pointee)
        }
        throw RedisFailure(reason: "the answer is too long")
    }

    private static func wait(
        _ descriptor: CInt, _ events: CInt, until deadline: ContinuousClock.Instant
    ) throws(RedisFailure) {
        while true {
            let left = (deadline - .now) / .milliseconds(1)
            guard left > 0 else { throw RedisFailure(reason: "no answer in time") }
            var poll = pollfd(fd: descriptor, events: Int16(events), revents: 0)
            let count = Glibc.poll(&poll, 1, CInt(min(60_000, left.rounded(.up))))
            if count > 0 { return }
            guard count == 0 || errno == EINTR else { throw RedisFailure(reason: String(cString: strerror(errno))) }
        }
    }

    private static func failure(_ context: UnsafeMutablePointer<redisContext>) -> RedisFailure {
        let reason = withUnsafeBytes(of: &context.pointee.errstr) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        return RedisFailure(reason: reason.isEmpty ? "the connection broke" : reason)
    }
}
