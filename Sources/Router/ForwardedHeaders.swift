// SPDX-License-Identifier: Apache-2.0

import HTTPService
import NIOHTTP1

/// What is changed in the headers of a request and of an answer on their way through.
enum ForwardedHeaders {
    /// The member that the document's other pages will be asked of. Portals warm it.
    static let owner = "Recto-Owner"
    static let sessionCookie = "recto-session"

    /// Headers that concern one connection only (RFC 9110, section 7.6.1).
    private static let hopByHop = [
        "Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection", "TE", "Trailer",
        "Transfer-Encoding", "Upgrade", "Expect",
    ]

    static func removeHopByHop(_ headers: inout HTTPHeaders) {
        for named in headers[canonicalForm: "Connection"] { headers.remove(name: String(named)) }
        for name in hopByHop { headers.remove(name: name) }
    }

    /// - Parameters:
    ///   - peer: the address of who is connected to us.
    ///   - isTrusted: that is a proxy whose word on the client's address is taken.
    static func prepare(
        _ head: inout HTTPRequestHead, bodyLength: Int, peer: String, isTrusted: Bool, requestID: String, owner: String?
    ) {
        head.uri = escaped(head.uri)
        removeHopByHop(&head.headers)
        let forwarded = ["Forwarded", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host"]
        let chain = isTrusted ? head.headers[canonicalForm: "X-Forwarded-For"].joined(separator: ", ") : ""
        if isTrusted {
            translate(&head.headers)
        } else {
            for name in forwarded { head.headers.remove(name: name) }
        }
        head.headers.replaceOrAdd(name: "X-Forwarded-For", value: chain.isEmpty ? peer : "\(chain), \(peer)")
        // Only the router may say who the owner is.
        head.headers.remove(name: Self.owner)
        if let owner { head.headers.add(name: Self.owner, value: owner) }
        head.headers.replaceOrAdd(name: RequestID.header, value: requestID)
        head.headers.remove(name: "Content-Length")
        if bodyLength > 0 || ![.GET, .HEAD, .OPTIONS, .DELETE].contains(head.method) {
            head.headers.add(name: "Content-Length", value: String(bodyLength))
        }
        head.version = .http1_1
    }

    /// The client's address: walks from our peer towards the client as long as a trusted proxy vouches for the next.
    static func client(_ headers: HTTPHeaders, peer: String, trusted: Set<String>) -> String {
        guard trusted.contains(peer) else { return peer }
        var client = peer
        for hop in headers[canonicalForm: "X-Forwarded-For"].reversed() {
            let address = String(hop)
            guard !address.isEmpty, address.utf8.count <= 64 else { return client }
            client = address
            guard trusted.contains(address) else { return client }
        }
        return client
    }

    /// What `Forwarded` (RFC 7239) says of the address that the client asked for, in the older headers that members read.
    /// Its first element is from the proxy nearest to the client.
    private static func translate(_ headers: inout HTTPHeaders) {
        guard let header = headers.first(name: "Forwarded"), let element = header.split(separator: ",").first else {
            return
        }
        for pair in element.split(separator: ";") {
            let parts = pair.split(separator: "=", maxSplits: 1).map { part in
                String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
            }
            guard parts.count == 2 else { continue }
            let value = parts[1].hasPrefix("\"") ? String(parts[1].dropFirst().dropLast()) : parts[1]
            switch parts[0].lowercased() {
            case "host" where isHost(value): headers.replaceOrAdd(name: "X-Forwarded-Host", value: value)
            case "proto" where ["http", "https"].contains(value.lowercased()):
                headers.replaceOrAdd(name: "X-Forwarded-Proto", value: value.lowercased())
            default: break
            }
        }
    }

    /// A name or address, with a port or without (RFC 3986, section 3.2.2, without the rarest characters).
    static func isHost(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: ".-_:[]".utf8.contains(byte)
                }
            }
    }

    /// The target with everything percent-encoded that RFC 3986 does not allow in one. Clients send `^` and the like as they
    /// are; members would be right to refuse them.
    static func escaped(_ target: String) -> String {
        func isAllowed(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "-._~:/?#[]@!$&'()*+,;=%".utf8.contains(byte)
            }
        }
        guard !target.utf8.allSatisfy(isAllowed) else { return target }
        let digits = Array("0123456789ABCDEF".utf8)
        return String(
            decoding: target.utf8.flatMap { byte in
                isAllowed(byte) ? [byte] : [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }, as: UTF8.self)
    }

    /// The session that the client has, where it looks like one of ours.
    static func session(_ headers: HTTPHeaders) -> String? {
        for header in headers["Cookie"] {
            for cookie in header.split(separator: ";") {
                let parts = cookie.drop { $0 == " " }.split(separator: "=", maxSplits: 1)
                if parts.count == 2, parts[0] == sessionCookie { return RequestID.valid(String(parts[1])) }
            }
        }
        return nil
    }
}
