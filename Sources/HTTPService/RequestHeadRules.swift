// SPDX-License-Identifier: Apache-2.0

import NIOHTTP1

/// What a request's head says of the message, and whether it may be believed.
///
/// The parser lets some messages pass whose length two servers on the way could understand differently: RFC 9112, sections
/// 3.2, 6.1 and 6.3. They are refused, and the connection with them.
struct RequestHeadRules {
    var expectsContinue = false
    var asksForUpgrade = false
    private(set) var declaredLength: Int?
    private var hosts = 0
    private var codings = 0

    /// - Throws: `Problem.malformedRequest` with what is wrong.
    init(_ head: HTTPRequestHead) throws(Problem) {
        for (name, value) in head.headers {
            try Self.refuseControlBytes(value)
            try take(name, value)
        }
        if codings > 0, declaredLength != nil || head.version == .http1_0 {
            throw .malformedRequest("Both Content-Length and Transfer-Encoding, or Transfer-Encoding in HTTP/1.0.")
        }
        guard hosts == 1 || (hosts == 0 && head.version == .http1_0) else {
            throw .malformedRequest("There must be one Host.")
        }
    }

    /// Told apart by length first: most fields are none of these.
    private mutating func take(_ name: String, _ value: String) throws(Problem) {
        switch name.utf8.count {
        case 4 where name.isASCIIEqual("host"): hosts += 1
        case 6 where name.isASCIIEqual("expect"): expectsContinue = value.isASCIIEqual("100-continue")
        case 7 where name.isASCIIEqual("upgrade"): asksForUpgrade = true
        case 14 where name.isASCIIEqual("content-length"):
            guard declaredLength == nil, let length = Self.length(value) else {
                throw .malformedRequest("Content-Length must be one number.")
            }
            declaredLength = length
        case 17 where name.isASCIIEqual("transfer-encoding"):
            codings += 1
            guard codings == 1, value.isASCIIEqual("chunked") else {
                throw .malformedRequest("The only transfer coding taken is “chunked”.")
            }
        default: break
        }
    }

    /// Digits only: `Int` would take a sign.
    private static func length(_ text: String) -> Int? {
        text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int(text) : nil
    }

    /// Line folding (RFC 9112, section 5.2) leaves the line's end in the value.
    private static func refuseControlBytes(_ value: String) throws(Problem) {
        guard value.utf8.allSatisfy({ $0 != 0x0D && $0 != 0x0A && $0 != 0 }) else {
            throw .malformedRequest("A header field has a line break or NUL in it.")
        }
    }
}

extension String {
    /// Whether these are the same letters but for their case. `other` must be in lower case.
    func isASCIIEqual(_ other: StaticString) -> Bool {
        guard utf8.count == other.utf8CodeUnitCount else { return false }
        return other.withUTF8Buffer { other in
            zip(utf8, other).allSatisfy { ($0 >= 0x41 && $0 <= 0x5A ? $0 | 0x20 : $0) == $1 }
        }
    }
}
