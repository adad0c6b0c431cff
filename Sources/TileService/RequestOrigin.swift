// SPDX-License-Identifier: Apache-2.0

import HTTPService
import NIOHTTP1

/// Where a client thinks that we are, as far as its request says. The router lets forwarding headers through only from
/// proxies that it trusts.
struct RequestOrigin: Equatable {
    let host: String
    let isSecure: Bool

    init(_ headers: HTTPHeaders) {
        host = headers.first(name: "X-Forwarded-Host") ?? headers.first(name: "Host") ?? "localhost"
        isSecure = headers.first(name: "X-Forwarded-Proto") == "https"
    }

    /// Without a trailing slash.
    var url: String { "\(isSecure ? "https" : "http")://\(host)" }
}
