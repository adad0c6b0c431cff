// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// `HOST:PORT`; an IPv6 address stands in brackets.
package struct HostAndPort: Sendable, Hashable, CustomStringConvertible {
    package let host: String
    package let port: Int

    package init?(_ text: some StringProtocol) {
        guard let colon = text.lastIndex(of: ":"), colon > text.startIndex,
            let port = Int(text[text.index(after: colon)...]), (1...65535).contains(port)
        else { return nil }
        let host = text[..<colon]
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
        self.host = String(isBracketed ? host.dropFirst().dropLast() : host)
        guard !self.host.isEmpty, isBracketed || !self.host.contains(":") else { return nil }
        self.port = port
    }

    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Whether the host is an IP address, and not a name.
    package var isAddress: Bool { (try? SocketAddress(ipAddress: host, port: port)) != nil }

    package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
