// SPDX-License-Identifier: Apache-2.0

package import NIOCore
package import NIOHTTP1
import Synchronization

/// A request as it came in, its body read whole but where the responder takes it as a stream.
package struct HTTPRequest: Sendable {
    package let method: HTTPMethod
    /// The target as it was sent: path and query, undecoded.
    package let target: String
    package let headers: HTTPHeaders
    package let body: ByteBuffer
    /// The body of a request that is answered while it comes in; `body` is empty then.
    package let stream: RequestBody?
    /// The address at the other end of the connection.
    package let peer: String
    /// The router's where there is one; goes into the answer and the log lines about the request.
    package let id: String

    package init(
        method: HTTPMethod, target: String, headers: HTTPHeaders, body: ByteBuffer = ByteBuffer(),
        stream: RequestBody? = nil, peer: String = "", id: String? = nil
    ) {
        self.method = method
        self.target = target
        self.headers = headers
        self.body = body
        self.stream = stream
        self.peer = peer
        self.id = id ?? headers.first(name: RequestID.header).flatMap(RequestID.valid) ?? RequestID.random()
    }

    /// The path, undecoded, also of an absolute-form target.
    package var path: Substring { RequestTarget(target).path }

    /// The path's segments, undecoded; a leading slash makes no segment, a trailing one an empty last one.
    package var segments: [Substring] {
        let path = self.path
        return (path.hasPrefix("/") ? path.dropFirst() : path).split(separator: "/", omittingEmptySubsequences: false)
    }

    /// The decoded value of the first query item of that name.
    package func query(_ name: String) -> String? { RequestTarget(target).query(name) }

    /// Whether `If-None-Match` names this entity tag (RFC 9110, section 13.1.2: weak comparison).
    package func hasCurrent(entityTag: String) -> Bool {
        guard headers.contains(name: "If-None-Match") else { return false }
        return headers[canonicalForm: "If-None-Match"].contains { candidate in
            candidate == "*" || candidate == entityTag || candidate == "W/" + entityTag
        }
    }
}

/// The parts of a request target.
package struct RequestTarget {
    /// Without parameters, undecoded.
    package let path: Substring
    /// What stands behind the first `;` of the last segment (RFC 3986, section 3.3), undecoded: sessions of clients without
    /// cookies. A `;` that belongs to a name is `%3B`.
    package let pathParameters: Substring
    /// Undecoded.
    package let rawQuery: Substring

    package init(_ target: String) {
        var rest = Substring(target)
        // Absolute form, RFC 9112 section 3.2.2: only the path matters to an origin server.
        if rest.utf8.first != UInt8(ascii: "/"), let scheme = rest.range(of: "://") {
            let afterScheme = rest[scheme.upperBound...]
            rest = afterScheme.firstIndex(of: "/").map { afterScheme[$0...] } ?? "/"
        }
        if let mark = rest.utf8.firstIndex(of: UInt8(ascii: "?")) {
            rawQuery = rest[rest.utf8.index(after: mark)...]
            rest = rest[..<mark]
        } else {
            rawQuery = ""
        }
        let name = rest.utf8.lastIndex(of: UInt8(ascii: "/")) ?? rest.startIndex
        if let mark = rest[name...].utf8.firstIndex(of: UInt8(ascii: ";")) {
            pathParameters = rest[rest.utf8.index(after: mark)...]
            path = rest[..<mark]
        } else {
            pathParameters = ""
            path = rest
        }
    }

    package func query(_ name: String) -> String? {
        for item in rawQuery.split(separator: "&") {
            let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts[0] == name else { continue }
            return Self.decode(parts.count > 1 ? parts[1] : "")
        }
        return nil
    }

    /// The form encoding of queries: `+` is a space. What cannot be decoded stays as it is.
    private static func decode(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), let value = UInt8(String(Substring(rest.prefix(2))), radix: 16),
                rest.count >= 2
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte == UInt8(ascii: "+") ? 0x20 : byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension Substring {
    fileprivate func range(of text: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
            start = index(after: start)
        }
        return nil
    }
}

/// Names one request on its way through the cluster.
package enum RequestID {
    package static let header = "X-Request-Id"

    private static let seed = UInt64.random(in: .min ... .max)
    private static let count = Atomic<UInt64>(0)

    /// 64 bits as 16 hexadecimal digits: enough to tell the requests of a day apart. No secret, so a system call for each
    /// would be too much; the mixing is that of Steele, Lea, Flood: "Fast splittable pseudorandom number generators",
    /// OOPSLA 2014.
    package static func random() -> String {
        let step = count.add(1, ordering: .relaxed).newValue
        var bits = seed &+ step &* 0x9E37_79B9_7F4A_7C15
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        bits ^= bits >> 31
        return String(unsafeUninitializedCapacity: 16) { digits in
            for place in 0..<16 {
                let value = UInt8(truncatingIfNeeded: bits >> UInt64(60 - 4 * place)) & 15
                digits[place] = value < 10 ? 0x30 + value : 0x57 + value
            }
            return 16
        }
    }

    /// What came from outside goes into logs, so it is taken only where it is short and harmless.
    package static func valid(_ text: String) -> String? {
        let isHarmless = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                true
            default: false
            }
        }
        return isHarmless && (1...64).contains(text.utf8.count) ? text : nil
    }
}
