// SPDX-License-Identifier: Apache-2.0

import Glibc

/// An IP address, and whether anybody on the Internet could have it (IANA's registries of special-purpose addresses,
/// RFC 6890). Pure.
struct NetworkAddress: Hashable, CustomStringConvertible {
    /// In network order: 4 or 16.
    let bytes: [UInt8]

    init(bytes: [UInt8]) {
        precondition(bytes.count == 4 || bytes.count == 16)
        self.bytes = bytes
    }

    /// Only the usual notations. Others, as `0x7f.1`, are names of hosts to be resolved.
    init?(_ text: String) {
        var (v4, v6) = (in_addr(), in6_addr())
        if inet_pton(AF_INET, text, &v4) == 1 {
            bytes = withUnsafeBytes(of: &v4) { Array($0) }
        } else if inet_pton(AF_INET6, text, &v6) == 1 {
            bytes = withUnsafeBytes(of: &v6) { Array($0) }
        } else {
            return nil
        }
    }

    var description: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        inet_ntop(bytes.count == 4 ? AF_INET : AF_INET6, bytes, &text, socklen_t(text.count))
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// Not private, loopback, link-local, multicast, reserved, nor a way around to one of these.
    var isPublic: Bool { bytes.count == 4 ? isPublicV4 : isPublicV6 }

    private static let specialV4: [(String, Int)] = [
        ("0.0.0.0", 8), ("10.0.0.0", 8), ("100.64.0.0", 10), ("127.0.0.0", 8), ("169.254.0.0", 16), ("172.16.0.0", 12),
        ("192.0.0.0", 24), ("192.0.2.0", 24), ("192.88.99.0", 24), ("192.168.0.0", 16), ("198.18.0.0", 15),
        ("198.51.100.0", 24), ("203.0.113.0", 24), ("224.0.0.0", 4), ("240.0.0.0", 4),
    ]

    private static let specialV6: [(String, Int)] = [
        ("64:ff9b:1::", 48), ("100::", 64), ("2001::", 23), ("2001:db8::", 32), ("3fff::", 20), ("5f00::", 16),
        ("fc00::", 7), ("fe80::", 10), ("fec0::", 10), ("ff00::", 8),
    ]

    /// Prefixes whose addresses carry one of version 4, and the byte at which that begins: compatible, mapped, translated
    /// (RFC 6052) and 6to4 (RFC 3056).
    private static let carriers: [(String, Int, Int)] = [
        ("::", 96, 12), ("::ffff:0:0", 96, 12), ("::ffff:0:0:0", 96, 12), ("64:ff9b::", 96, 12), ("2002::", 16, 2),
    ]

    private var isPublicV4: Bool { !Self.specialV4.contains { isWithin($0, $1) } }

    private var isPublicV6: Bool {
        for (prefix, length, start) in Self.carriers where isWithin(prefix, length) {
            return NetworkAddress(bytes: Array(bytes[start..<start + 4])).isPublicV4
        }
        return !Self.specialV6.contains { isWithin($0, $1) }
    }

    private func isWithin(_ prefix: String, _ length: Int) -> Bool {
        guard let prefix = NetworkAddress(prefix)?.bytes, prefix.count == bytes.count else { return false }
        let whole = length / 8
        guard bytes[..<whole].elementsEqual(prefix[..<whole]) else { return false }
        let mask = UInt8(truncatingIfNeeded: 0xFF00 >> (length % 8))
        return length % 8 == 0 || bytes[whole] & mask == prefix[whole] & mask
    }
}
