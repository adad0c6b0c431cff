// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Cluster

/// The `--join` and `--member` options: `host:port` or `http://host:port`.
enum JoinAddress {
    static func parse(_ texts: [String]) throws -> [String] {
        try texts.map { text in
            var address = Substring(text)
            if address.hasPrefix("http://") { address = address.dropFirst(7) }
            if address.hasSuffix("/") { address = address.dropLast() }
            guard let place = HostAndPort(address) else { throw ValidationError("“\(text)” is not HOST:PORT.") }
            return place.description
        }
    }
}
