// SPDX-License-Identifier: Apache-2.0

import Metrics

/// Counts the streams that are being sent.
struct StreamMetrics: Sendable {
    enum Kind: String {
        case structure
        case search
    }

    private let structure = Self.gauge(.structure)
    private let search = Self.gauge(.search)

    private static func gauge(_ kind: Kind) -> Meter {
        Meter(label: "recto_streams_open", dimensions: [("kind", kind.rawValue)])
    }

    /// Runs what sends one.
    func counting(_ kind: Kind, _ body: () async throws -> Void) async throws {
        let gauge = kind == .structure ? structure : search
        gauge.increment(by: 1)
        defer { gauge.decrement(by: 1) }
        try await body()
    }
}
