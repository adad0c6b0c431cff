// SPDX-License-Identifier: Apache-2.0

/// The fields that a proxy acts upon, told while a head is scanned.
package enum FieldName: UInt8, Sendable {
    case other
    case cacheControl
    case connection
    case contentLength
    case cookie
    case expect
    case forwarded
    case host
    case keepAlive
    case proxyAuthenticate
    case proxyAuthorization
    case proxyConnection
    case rectoOwner
    case requestTE
    case trailer
    case transferEncoding
    case upgrade
    case xForwardedFor
    case xForwardedHost
    case xForwardedProto
    case xRequestID

    /// Concerns one connection only (RFC 9110, section 7.6.1).
    package var isHopByHop: Bool {
        switch self {
        case .connection, .keepAlive, .proxyAuthenticate, .proxyAuthorization, .proxyConnection, .requestTE, .trailer,
            .transferEncoding, .upgrade, .expect:
            true
        default: false
        }
    }

    /// - Parameter name: characters of a token, in any case.
    init(_ name: UnsafeRawBufferPointer) {
        func named(_ text: StaticString, _ value: FieldName) -> FieldName {
            name.isEqual(lowercase: text) ? value : .other
        }
        self =
            switch name.count {
            case 2: named("te", .requestTE)
            case 4: named("host", .host)
            case 6: name[0] | 0x20 == UInt8(ascii: "c") ? named("cookie", .cookie) : named("expect", .expect)
            case 7: name[1] | 0x20 == UInt8(ascii: "r") ? named("trailer", .trailer) : named("upgrade", .upgrade)
            case 9: named("forwarded", .forwarded)
            case 10:
                name[0] | 0x20 == UInt8(ascii: "c")
                    ? named("connection", .connection) : named("keep-alive", .keepAlive)
            case 11: named("recto-owner", .rectoOwner)
            case 12: named("x-request-id", .xRequestID)
            case 13: named("cache-control", .cacheControl)
            case 14: named("content-length", .contentLength)
            case 15: named("x-forwarded-for", .xForwardedFor)
            case 16:
                name[0] | 0x20 == UInt8(ascii: "p")
                    ? named("proxy-connection", .proxyConnection) : named("x-forwarded-host", .xForwardedHost)
            case 17:
                name[0] | 0x20 == UInt8(ascii: "t")
                    ? named("transfer-encoding", .transferEncoding) : named("x-forwarded-proto", .xForwardedProto)
            case 18: named("proxy-authenticate", .proxyAuthenticate)
            case 19: named("proxy-authorization", .proxyAuthorization)
            default: .other
            }
    }
}
