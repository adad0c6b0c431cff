// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The system's resolver.
enum NameResolution {
    /// All IPv4 and IPv6 addresses of a name, as `host:port`; empty where there are none. Blocks.
    static func addresses(of host: String, port: Int) -> [String] {
        var hints = addrinfo()
        hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &hints, &list) == 0 else { return [] }
        defer { freeaddrinfo(list) }
        var result: [String] = []
        var next = list
        while let entry = next {
            next = entry.pointee.ai_next
            var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            guard
                getnameinfo(
                    entry.pointee.ai_addr, entry.pointee.ai_addrlen, &text, socklen_t(text.count), nil, 0,
                    NI_NUMERICHOST) == 0
            else { continue }
            let address = String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            let isSix = entry.pointee.ai_family == AF_INET6
            result.append(isSix ? "[\(address)]:\(port)" : "\(address):\(port)")
        }
        return result
    }
}
