// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// The `--join` options: `host:port` or `http://host:port`.
enum JoinAddress {
    static func parse(_ texts: [String]) throws -> [String] {
        guard !texts.isEmpty else { throw ValidationError("Say where a router is: --join HOST:PORT") }
        return try texts.map { text in
            var address = Substring(text)
            if address.hasPrefix("http://") { address = address.dropFirst(7) }
            if address.hasSuffix("/") { address = address.dropLast() }
            guard let colon = address.lastIndex(of: ":"), let port = Int(address[address.index(after: colon)...]),
                (1...65535).contains(port), colon > address.startIndex
            else { throw ValidationError("“\(text)” is not HOST:PORT.") }
            return String(address)
        }
    }
}
