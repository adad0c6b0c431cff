// SPDX-License-Identifier: Apache-2.0

import NIOHTTP1

/// `/healthz`, `/readyz` and `/metrics`, the same for every role.
package struct HealthRoutes: Sendable {
    private static let longest = 64

    private let isReady: @Sendable () -> Bool
    private let metricsText: @Sendable () -> String

    package init(isReady: @escaping @Sendable () -> Bool, metricsText: @escaping @Sendable () -> String) {
        self.isReady = isReady
        self.metricsText = metricsText
    }

    /// The reply, or nil where the path is not one of these.
    package func respond(to request: HTTPRequest) -> HTTPReply? {
        // Tiles pass here too: most targets are told by their length.
        guard request.target.utf8.count <= Self.longest else { return nil }
        return switch request.path {
        case "/healthz": .now(.text("ok\n"))
        case "/readyz": .now(isReady() ? .text("ready\n") : .text("not ready\n", status: .serviceUnavailable))
        case "/metrics": .now(.text(metricsText()))
        default: nil
        }
    }
}
