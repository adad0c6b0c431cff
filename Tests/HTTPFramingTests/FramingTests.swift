// SPDX-License-Identifier: Apache-2.0

import HTTPFuzzing
import Testing

@testable import HTTPFraming

/// What is taken, and how.
struct FramingTests {
    static let streams = [
        "GET /a?b HTTP/1.1\r\nHost: h\r\nAccept:  x y \t\r\n\r\nGET /b HTTP/1.0\r\n\r\n",
        "POST / HTTP/1.1\r\nhOsT: h\r\nCONTENT-length: 5\r\n\r\nabcdeGET / HTTP/1.1\r\nHost:h\r\n\r\n",
        "PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\n\r\n3\r\nabc\r\n0a\r\n0123456789\r\n0\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n",
        "PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: b\r\nC:\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n",
        "\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n",
    ]

    @Test("a stream is read alike however it is cut into reads", arguments: streams)
    func splits(stream: String) {
        let bytes = Array(stream.utf8)
        var whole = OurReading(isRequests: true)
        whole.take(bytes)
        #expect(whole.error == nil && !whole.whole.messages.isEmpty)
        for split in 1..<bytes.count {
            var reading = OurReading(isRequests: true)
            reading.take(bytes[..<split])
            reading.take(bytes[split...])
            #expect(reading.whole == whole.whole, "split at \(split)")
        }
        var single = OurReading(isRequests: true)
        for byte in bytes { single.take(CollectionOfOne(byte)) }
        #expect(single.whole == whole.whole)
    }

    private func head(_ text: String) throws -> RequestHead {
        var scanner = HeadScanner(limits: HeadLimits(bytes: 1000, fields: 10))
        var text = text
        let result = text.withUTF8 { utf8 -> Result<RequestHead?, FramingError> in
            do throws(FramingError) {
                return .success(try scanner.request(UnsafeRawBufferPointer(utf8)))
            } catch {
                return .failure(error)
            }
        }
        return try #require(try result.get())
    }

    @Test(
        "a connection is kept as its version and its fields say",
        arguments: [
            ("HTTP/1.1\r\nHost: a", true), ("HTTP/1.1\r\nHost: a\r\nConnection: close", false),
            ("HTTP/1.1\r\nHost: a\r\nConnection: TE, CLOSE", false), ("HTTP/1.0", false),
            ("HTTP/1.0\r\nConnection: Keep-Alive", true), ("HTTP/1.0\r\nConnection: keep-alive, close", false),
        ])
    func keepAlive(lines: String, expected: Bool) throws {
        #expect(try head("GET / \(lines)\r\n\r\n").isKeptAlive == expected)
    }

    @Test("an expectation is told from one that nobody knows")
    func expectation() throws {
        let known = try head("PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\n\r\n")
        #expect(known.expectsContinue && !known.expectsOther)
        let unknown = try head("PUT / HTTP/1.1\r\nHost: a\r\nExpect: more\r\n\r\n")
        #expect(unknown.expectsOther && !unknown.expectsContinue)
        #expect(try head("PUT / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n").expectsContinue == false)
    }

    @Test("every field that a proxy acts upon is known by its name in any case")
    func names() throws {
        for (text, name) in [
            ("Host", FieldName.host), ("cookie", .cookie), ("EXPECT", .expect), ("Connection", .connection),
            ("content-Length", .contentLength), ("Transfer-Encoding", .transferEncoding), ("TE", .requestTE),
            ("Trailer", .trailer), ("Upgrade", .upgrade), ("Keep-Alive", .keepAlive), ("Forwarded", .forwarded),
            ("Proxy-Authenticate", .proxyAuthenticate), ("Proxy-Authorization", .proxyAuthorization),
            ("Proxy-Connection", .proxyConnection), ("X-Forwarded-For", .xForwardedFor),
            ("X-Forwarded-Proto", .xForwardedProto), ("X-Forwarded-Host", .xForwardedHost),
            ("X-Request-ID", .xRequestID), ("Recto-Owner", .rectoOwner), ("Cache-Control", .cacheControl),
            ("Hosts", .other), ("Hosx", .other), ("X-Forwarded-Port", .other), ("Content-Lengtg", .other),
        ] {
            let bytes = Array(text.utf8)
            #expect(bytes.withUnsafeBytes { FieldName($0) } == name, "\(text)")
        }
    }

    @Test("a chunked body may be passed on as it came, up to its trailer section", arguments: [1, 2, 3, 7, 1000])
    func chunksAsTheyCame(size: Int) throws {
        let chunks = "3\r\nabc\r\n1A\r\n01234567890123456789abcdef\r\n0\r\n"
        let bytes = Array((chunks + "T: x\r\n\r\nrest").utf8)
        var decoder = ChunkedDecoder()
        var (raw, data, consumed): ([UInt8], [UInt8], Int) = ([], [], 0)
        for start in stride(from: 0, to: bytes.count, by: size) where !decoder.isDone {
            let piece = Array(bytes[start..<min(start + size, bytes.count)])
            let outcome = try piece.withUnsafeBytes { try decoder.follow($0) { data += piece[$0] } }
            raw += piece[..<outcome.raw]
            consumed += outcome.consumed
        }
        #expect(raw == Array(chunks.utf8))
        #expect(data == Array("abc01234567890123456789abcdef".utf8))
        #expect(decoder.isDone && consumed == bytes.count - 4)
    }

    @Test(
        "answers are framed by their status, their length, their chunks or their end",
        arguments: [
            ("200 OK\r\nContent-Length: 2\r\n\r\nabHTTP/1.1 404\r\n", "ab"),
            ("204 No Content\r\nContent-Length: 2\r\n\r\n", ""), ("304 \r\nContent-Length: 2\r\n\r\n", ""),
            ("200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n", "ab"),
        ])
    func answers(text: String, body: String) throws {
        var reading = OurReading(isRequests: false)
        reading.take(Array("HTTP/1.1 \(text)".utf8))
        #expect(reading.error == nil)
        #expect(reading.whole.messages.first.map { String(decoding: $0.body, as: UTF8.self) } == body)
        var open = OurReading(isRequests: false)
        open.take(Array("HTTP/1.1 200 OK\r\n\r\nabc".utf8))
        #expect(open.reading.messages.first?.body == Array("abc".utf8) && open.whole.messages.isEmpty)
    }

    @Test(
        "an answer that is no HTTP is refused",
        arguments: [
            "HTTP/1.1 20 OK\r\n\r\n", "HTTP/1.1  200 OK\r\n\r\n", "HTTP/2.0 200 OK\r\n\r\n", "ICY 200 OK\r\n\r\n",
            "HTTP/1.1 200 OK\nX: y\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        ])
    func wrongAnswers(text: String) {
        var reading = OurReading(isRequests: false)
        reading.take(Array(text.utf8))
        #expect(reading.error != nil)
    }
}
