// SPDX-License-Identifier: Apache-2.0

import HTTPFraming
import HTTPService

/// What the headers of a request say of where it came from, and how much of that is believed.
enum ForwardedHeaders {
    static let sessionCookie = "recto-session"

    /// A head that lies in memory, with what the scanner found in it.
    struct Source {
        let bytes: UnsafeRawBufferPointer
        let fields: ContiguousArray<HeadField>

        func text(_ field: HeadField) -> String { String(decoding: bytes[slice: field.value], as: UTF8.self) }

        func first(_ name: FieldName) -> String? { fields.first { $0.name == name }.map(text) }

        /// The value of the first field of that name, whatever its case.
        func first(named name: String) -> UnsafeRawBufferPointer? {
            fields.first { field in
                field.nameRange.count == name.utf8.count
                    && zip(bytes[slice: field.nameRange], name.utf8).allSatisfy { $0.lowercased == $1.lowercased }
            }
            .map { bytes[slice: $0.value] }
        }

        /// The items of all fields of that name.
        func list(_ name: FieldName) -> [String] {
            var items: [String] = []
            for field in fields where field.name == name {
                bytes[slice: field.value].forEachListItem { items.append(String(decoding: $0, as: UTF8.self)) }
            }
            return items
        }
    }

    /// What a trusted proxy says of the address that the client asked for.
    struct Origin {
        var host: String?
        var proto: String?
    }

    /// The client's address: walks from our peer towards the client as long as a trusted proxy vouches for the next.
    static func client(_ source: Source, peer: String, trusted: Set<String>) -> String {
        guard trusted.contains(peer) else { return peer }
        var client = peer
        for address in source.list(.xForwardedFor).reversed() {
            guard address.utf8.count <= 64 else { return client }
            client = address
            guard trusted.contains(address) else { return client }
        }
        return client
    }

    /// What `Forwarded` (RFC 7239) says, for the older headers that members read. Its first element is from the proxy
    /// nearest to the client.
    static func origin(_ source: Source) -> Origin {
        var origin = Origin()
        guard let element = source.first(.forwarded)?.split(separator: ",").first else { return origin }
        for pair in element.split(separator: ";") {
            let parts = pair.split(separator: "=", maxSplits: 1).map { part in
                String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
            }
            guard parts.count == 2 else { continue }
            let value = parts[1].hasPrefix("\"") ? String(parts[1].dropFirst().dropLast()) : parts[1]
            switch parts[0].lowercased() {
            case "host" where !value.isEmpty && value.utf8.allSatisfy(isHostCharacter): origin.host = value
            case "proto" where ["http", "https"].contains(value.lowercased()): origin.proto = value.lowercased()
            default: break
            }
        }
        return origin
    }

    /// Of a name or address, with a port or without (RFC 3986, section 3.2.2, without the rarest characters).
    static func isHostCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: ":"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"),
            UInt8(ascii: "["), UInt8(ascii: "]"):
            true
        default: false
        }
    }

    /// The session that the client has, where it looks like one of ours.
    static func session(_ source: Source) -> String? {
        for field in source.fields where field.name == .cookie {
            for cookie in source.text(field).split(separator: ";") {
                let parts = cookie.drop { $0 == " " }.split(separator: "=", maxSplits: 1)
                if parts.count == 2, parts[0] == sessionCookie { return RequestID.valid(String(parts[1])) }
            }
        }
        return nil
    }
}

extension UInt8 {
    /// Of a letter in ASCII.
    fileprivate var lowercased: UInt8 { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self) ? self | 0x20 : self }
}
