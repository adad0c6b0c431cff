// SPDX-License-Identifier: Apache-2.0

/// Makes streams of HTTP messages: right ones, those known from smuggling, and both with single bytes changed.
package struct MessageGenerator {
    private var random: SplitMix

    package init(seed: UInt64) { random = SplitMix(seed: seed) }

    private static let methods = ["GET", "POST", "PUT", "HEAD", "DELETE", "OPTIONS", "PATCH", "get", "PROPFIND"]
    private static let targets = ["/", "/a/b?c=d", "*", "http://h/x", "/%2e%2e/\u{e9}", "x", "/a b"]
    private static let versions = [
        "HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/1.2", "HTTP/2.0", "http/1.1", "",
    ]
    private static let statuses = [
        "200 OK", "204 No Content", "304 Not Modified", "100 Continue", "404", "099 x", "2000 y",
    ]
    private static let ends = ["\r\n", "\r\n", "\r\n", "\r\n", "\r\n", "\r\n", "\r\n", "\n", "\r", "\r\r\n"]
    private static let fields = [
        "Accept: */*", "X: 1", "X:1", "X: ", "X:", "X :1", " X: 1", "\tfold", ": empty", "Cookie: a=b; c=d",
        "Connection: close",
        "Connection: keep-alive", "Connection: Transfer-Encoding", "Expect: 100-continue", "X: a\u{0}b", "X: a\u{7f}b",
        "Content-Type: text/plain", "Trailer: X", "no colon",
    ]
    private static let lengths = [
        "Content-Length: +3", "Content-Length: -3", "Content-Length: 0x3", "Content-Length: 3, 3", "Content-Length:",
        "Content-Length: 3 ", "Content-Length: 03", "Content-Length : 3", "Content-Length: 99999999999999999999",
        "Content-Length: 3\u{0b}", "Content_Length: 3", "Content-Length: 3;",
    ]
    private static let encodings = [
        "Transfer-Encoding: chunked", "Transfer-Encoding: Chunked", "Transfer-Encoding: xchunked",
        "Transfer-Encoding: chunked, identity", "Transfer-Encoding: gzip, chunked", "Transfer-Encoding : chunked",
        "Transfer-Encoding:\u{0b}chunked", "Transfer-Encoding: \"chunked\"", "Transfer-Encoding: identity",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "Transfer-Encoding:", "Transfer_Encoding: chunked",
    ]

    /// One to three messages in a row, and something behind them that shows where the last one ended.
    package mutating func requests() -> [UInt8] {
        var bytes: [UInt8] = []
        for _ in 0..<Int.random(in: 1...3, using: &random) { bytes += request() }
        mutate(&bytes)
        return bytes + Array("GET /next HTTP/1.1\r\nHost: n\r\n\r\n".utf8)
    }

    package mutating func responses() -> [UInt8] {
        var bytes: [UInt8] = []
        for _ in 0..<Int.random(in: 1...2, using: &random) {
            let line = "\(random.happens(oneIn: 6) ? random.pick(Self.versions) : "HTTP/1.1") "
            bytes += Array((line + (random.happens(oneIn: 3) ? random.pick(Self.statuses) : "200 OK")).utf8) + end()
            bytes += fieldsAndBody([])
        }
        mutate(&bytes)
        return bytes + Array("HTTP/1.1 200 Next\r\nContent-Length: 0\r\n\r\n".utf8)
    }

    private mutating func request() -> [UInt8] {
        let method = random.happens(oneIn: 4) ? random.pick(Self.methods) : random.pick(["GET", "POST"])
        let target = random.happens(oneIn: 4) ? random.pick(Self.targets) : "/a"
        let version = random.happens(oneIn: 6) ? random.pick(Self.versions) : "HTTP/1.1"
        let host = random.happens(oneIn: 12) ? random.pick([[], ["Host: a", "Host: b"], ["Host:"]]) : ["Host: a"]
        let line = Array("\(method) \(target) \(version)".utf8) + end()
        return line + fieldsAndBody(host)
    }

    private mutating func fieldsAndBody(_ first: [String]) -> [UInt8] {
        var lines = first
        for _ in 0..<Int.random(in: 0...3, using: &random) { lines.append(random.pick(Self.fields)) }
        if random.happens(oneIn: 2) { lines = lines.filter { Self.harmless.contains($0) } + first }
        var body: [UInt8] = []
        for _ in 0..<(random.happens(oneIn: 8) ? 2 : 1) {
            switch Int.random(in: 0..<6, using: &random) {
            case 0: break
            case 1:
                body = Array("abc".utf8)
                lines.append("Content-Length: 3")
            case 2:
                body = chunks()
                lines.append("Transfer-Encoding: chunked")
            case 3: lines.append(random.pick(Self.lengths))
            case 4: lines.append(random.pick(Self.encodings))
            default: lines.append("Content-Length: 0")
            }
        }
        if random.happens(oneIn: 4) { lines.shuffle(using: &random) }
        var bytes: [UInt8] = []
        for line in lines { bytes += Array(line.utf8) + end() }
        return bytes + end() + body
    }

    private static let harmless = Set(fields.prefix(3) + ["Cookie: a=b; c=d", "Content-Type: text/plain"])

    private mutating func chunks() -> [UInt8] {
        var bytes: [UInt8] = []
        for _ in 0..<Int.random(in: 0...2, using: &random) {
            let size =
                random.happens(oneIn: 4) ? random.pick(["3;x=y", "03", " 3", "3 ", "0x3", "+3", "3;\r", ""]) : "3"
            bytes += Array(size.utf8) + end() + Array("abc".utf8) + end()
        }
        let last = random.happens(oneIn: 6) ? random.pick(["00", "0;a", "-0", "0 "]) : "0"
        bytes += Array(last.utf8) + end()
        if random.happens(oneIn: 4) { bytes += Array(random.pick(["T: 1", "T : 1", " T: 1", "bad"]).utf8) + end() }
        return bytes + end()
    }

    /// Nearly always CRLF: with more wrong ones hardly any message would be taken.
    private mutating func end() -> [UInt8] {
        Array((random.happens(oneIn: 12) ? random.pick(Self.ends) : "\r\n").utf8)
    }

    private static let interesting: [UInt8] = Array("\r\n\t :;,=0139afGz\"\\\u{0}\u{1}\u{7f}".utf8) + [0x80, 0xFF]

    private mutating func mutate(_ bytes: inout [UInt8]) {
        guard random.happens(oneIn: 3), !bytes.isEmpty else { return }
        for _ in 0..<Int.random(in: 1...2, using: &random) where bytes.count > 1 {
            let place = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0: bytes[place] = random.pick(Self.interesting)
            case 1: bytes.insert(random.pick(Self.interesting), at: place)
            case 2: bytes.remove(at: place)
            default: bytes.insert(bytes[place], at: place)
            }
        }
    }
}
