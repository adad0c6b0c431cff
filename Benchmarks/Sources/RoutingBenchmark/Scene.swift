// SPDX-License-Identifier: Apache-2.0

/// What happens while readers read.
///
/// **Adding one:** a line in `all`.
package struct Scene: Sendable {
    package enum Happening: Sendable {
        case nothing
        /// A node joins after a third of the time, and one ends as asked after two thirds.
        case scaling
        /// A node is killed in the middle and not replaced.
        case death
    }

    package var name: String
    package var title: String
    package var happening = Happening.nothing
    /// Of all requests, how many go to one document.
    package var hotShare = 0.0
    /// The archive's answers are late by so much.
    package var latency: Duration = .zero
    /// Everybody comes at once to a cluster that holds nothing.
    package var isColdStart = false

    package static let all: [Scene] = [
        Scene(name: "steady", title: "Steady state"),
        Scene(name: "hot-document", title: "One document gets a third of all requests", hotShare: 0.33),
        Scene(name: "scaling", title: "A node joins, then one leaves", happening: .scaling),
        Scene(name: "death", title: "A node is killed", happening: .death),
        Scene(name: "cold-start", title: "Cold start of the whole cluster", isColdStart: true),
        Scene(name: "slow-archive", title: "An archive with 30 ms latency", latency: .milliseconds(30)),
    ]

    package static func named(_ name: String) -> Scene? { all.first { $0.name == name } }

    package static let usual = ["steady", "scaling", "slow-archive"]
    package static let quick = ["steady", "scaling"]
}
