// SPDX-License-Identifier: Apache-2.0

import HTTPFuzzing
import Testing

@testable import HTTPFraming

/// What is not taken, and why.
struct RefusalTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var text: String
        var error: FramingError
        var testDescription: String { "\(error.rawValue): \(text.debugDescription)" }
    }

    private static func post(_ fields: String, _ body: String = "") -> String {
        "POST / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n\r\n\(body)"
    }

    static let cases: [Case] = [
        // CL.TE, TE.CL, TE.TE
        Case(text: post("Content-Length: 6\r\nTransfer-Encoding: chunked", "0\r\n\r\nG"), error: .twoLengths),
        Case(text: post("Transfer-Encoding: chunked\r\nContent-Length: 4", "5c\r\nG"), error: .twoLengths),
        Case(text: post("Transfer-Encoding: chunked\r\nTransfer-Encoding: cow"), error: .transferEncoding),
        Case(text: post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"), error: .transferEncoding),
        Case(text: post("Transfer-Encoding: xchunked"), error: .transferEncoding),
        Case(text: post("Transfer-Encoding: chunked, identity"), error: .transferEncoding),
        Case(text: post("Transfer-Encoding: gzip, chunked"), error: .transferEncoding),
        Case(text: post("Transfer-Encoding: \"chunked\""), error: .transferEncoding),
        Case(text: post("Transfer-Encoding:"), error: .transferEncoding),
        Case(text: post("Transfer-Encoding:\u{0B}chunked"), error: .fieldValue),
        Case(text: "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", error: .transferEncoding),
        // Lengths
        Case(text: post("Content-Length: 5\r\nContent-Length: 5"), error: .contentLength),
        Case(text: post("Content-Length: 5\r\nContent-Length: 6"), error: .contentLength),
        Case(text: post("Content-Length: 5, 5"), error: .contentLength),
        Case(text: post("Content-Length: +5"), error: .contentLength),
        Case(text: post("Content-Length: -5"), error: .contentLength),
        Case(text: post("Content-Length: 0x5"), error: .contentLength),
        Case(text: post("Content-Length: 5 5"), error: .contentLength),
        Case(text: post("Content-Length:"), error: .contentLength),
        Case(text: post("Content-Length: 99999999999999999999"), error: .contentLength),
        Case(text: post("Content-Length: 9223372036854775808"), error: .contentLength),
        // Lines
        Case(text: "GET / HTTP/1.1\nHost: a\r\n\r\n", error: .requestLine),
        Case(text: "GET / HTTP/1.1\r\nHost: a\n\r\n", error: .lineEnding),
        Case(text: "GET / HTTP/1.1\r\nHost: a\r\n\n", error: .lineEnding),
        Case(text: "GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n", error: .lineEnding),
        Case(text: "GET / HTTP/1.1\r\nHost: a\r\n\rX", error: .lineEnding),
        Case(text: "\rGET / HTTP/1.1\r\nHost: a\r\n\r\n", error: .lineEnding),
        Case(text: "\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", error: .requestLine),
        Case(text: post("X: a\r\n b"), error: .folding),
        Case(text: post("X: a\r\n\tb"), error: .folding),
        Case(text: "GET / HTTP/1.1\r\n Host: a\r\n\r\n", error: .folding),
        // Names and values
        Case(text: post("Content-Length : 5"), error: .fieldName),
        Case(text: post("Transfer-Encoding\t: chunked"), error: .fieldName),
        Case(text: post(": x"), error: .fieldName),
        Case(text: post("no colon"), error: .fieldName),
        Case(text: post("X\u{0}: a"), error: .fieldName),
        Case(text: post("X(y): a"), error: .fieldName),
        Case(text: post("X: a\u{0}b"), error: .fieldValue),
        Case(text: post("X: a\u{1}b"), error: .fieldValue),
        Case(text: post("X: aaaaaaaa\u{7F}b"), error: .fieldValue),
        // First lines
        Case(text: "GET /\r\n\r\n", error: .requestLine),
        Case(text: "GET  / HTTP/1.1\r\n\r\n", error: .requestLine),
        Case(text: "GET /  HTTP/1.1\r\n\r\n", error: .requestLine),
        Case(text: "GET / HTTP/1.1 \r\n\r\n", error: .requestLine),
        Case(text: "GET /\u{0} HTTP/1.1\r\n\r\n", error: .requestLine),
        Case(text: " GET / HTTP/1.1\r\n\r\n", error: .requestLine),
        Case(text: "G@T / HTTP/1.1\r\n\r\n", error: .requestLine),
        Case(text: "GET / http/1.1\r\n\r\n", error: .requestLine),
        Case(text: "GET / HTTP/11\r\n\r\n", error: .requestLine),
        Case(text: "\u{16}\u{3}\u{1}", error: .requestLine),
        Case(text: "GET / HTTP/1.2\r\nHost: a\r\n\r\n", error: .version),
        Case(text: "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", error: .version),
        // Host
        Case(text: "GET / HTTP/1.1\r\n\r\n", error: .host),
        Case(text: "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", error: .host),
        Case(text: "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", error: .host),
        // Chunks
        Case(text: post("Transfer-Encoding: chunked", "3;x=y\r\nabc\r\n0\r\n\r\n"), error: .chunkExtension),
        Case(text: post("Transfer-Encoding: chunked", "3 \r\nabc\r\n0\r\n\r\n"), error: .chunkExtension),
        Case(text: post("Transfer-Encoding: chunked", " 3\r\nabc\r\n0\r\n\r\n"), error: .chunkSize),
        Case(text: post("Transfer-Encoding: chunked", "0x3\r\nabc\r\n0\r\n\r\n"), error: .chunkSize),
        Case(text: post("Transfer-Encoding: chunked", "-3\r\nabc\r\n0\r\n\r\n"), error: .chunkSize),
        Case(text: post("Transfer-Encoding: chunked", "\r\nabc"), error: .chunkSize),
        Case(text: post("Transfer-Encoding: chunked", "10000000000000003\r\nabc"), error: .chunkSize),
        Case(text: post("Transfer-Encoding: chunked", "3\nabc\r\n0\r\n\r\n"), error: .lineEnding),
        Case(text: post("Transfer-Encoding: chunked", "3\rXabc"), error: .lineEnding),
        Case(text: post("Transfer-Encoding: chunked", "3\r\nabcd\r\n0\r\n\r\n"), error: .chunkEnd),
        Case(text: post("Transfer-Encoding: chunked", "3\r\nabc\n0\r\n\r\n"), error: .chunkEnd),
        Case(text: post("Transfer-Encoding: chunked", "0\r\n\n"), error: .trailer),
        Case(text: post("Transfer-Encoding: chunked", "0\r\nX : a\r\n\r\n"), error: .trailer),
        Case(text: post("Transfer-Encoding: chunked", "0\r\n folded\r\n\r\n"), error: .trailer),
        Case(text: post("Transfer-Encoding: chunked", "0\r\nX: a\nb\r\n\r\n"), error: .trailer),
        // Sizes; the reader's limits are 8,192 bytes and 50 fields.
        Case(text: post("X: " + String(repeating: "a", count: 9000)), error: .headTooLarge),
        Case(text: "GET /" + String(repeating: "a", count: 9000), error: .headTooLarge),
        Case(text: post(String(repeating: "X: a\r\n", count: 60) + "Y: b"), error: .tooManyFields),
        Case(
            text: post("Transfer-Encoding: chunked", "0\r\n" + String(repeating: "X: a\r\n", count: 2000)),
            error: .trailer),
    ]

    @Test("what could be read in two ways is refused, however it is cut into reads", arguments: cases)
    func refused(_ example: Case) {
        let bytes = Array(example.text.utf8)
        var whole = OurReading(isRequests: true)
        whole.take(bytes)
        #expect(whole.error == example.error)
        // Every split of a small message; of a large one those that fall on it often enough.
        let step = bytes.count > 1000 ? 97 : 1
        for split in stride(from: 1, to: bytes.count, by: step) {
            var reading = OurReading(isRequests: true)
            reading.take(bytes[..<split])
            reading.take(bytes[split...])
            #expect(reading.error == example.error, "split at \(split)")
        }
        var single = OurReading(isRequests: true)
        if step == 1 {
            for byte in bytes { single.take(CollectionOfOne(byte)) }
            #expect(single.error == example.error)
        }
    }
}
