// SPDX-License-Identifier: Apache-2.0

/// One way of building a cluster, as people argue for it.
///
/// **Adding one:** a line in `all`.
package struct Architecture: Sendable {
    package var name: String
    package var title: String
    /// 0: every node does everything.
    package var portals = 1
    package var policy: String
    /// More options of portals and nodes.
    package var options: [String] = []
    /// What an operator must write for it beyond the addresses.
    package var settings: [String] = []

    package static let all: [Architecture] = [
        Architecture(name: "round-robin", title: "Round-robin", policy: "round-robin", settings: ["policy"]),
        Architecture(name: "random", title: "Random", policy: "random", settings: ["policy"]),
        Architecture(
            name: "least-connections", title: "Least connections", policy: "least-connections",
            settings: ["policy"]),
        Architecture(
            name: "client-address", title: "Client address", policy: "client-address",
            settings: ["policy", "trusted proxies"]),
        Architecture(
            name: "session-cookie", title: "Session cookie: one user, one node", policy: "session-cookie",
            settings: ["policy"]),
        Architecture(name: "document", title: "One document, one node", policy: "document"),
        Architecture(
            name: "all-in-one-sticky", title: "All-in-one instances, sticky sessions", portals: 0,
            policy: "session-cookie", settings: ["policy"]),
        Architecture(
            name: "all-in-one-round-robin", title: "All-in-one instances, round-robin", portals: 0,
            policy: "round-robin", settings: ["policy"]),
    ]

    package static func named(_ name: String) -> Architecture? { all.first { $0.name == name } }

    /// What is compared where nothing else is said.
    package static let usual = [
        "round-robin", "least-connections", "session-cookie", "document", "all-in-one-round-robin",
    ]
    package static let quick = ["round-robin", "session-cookie", "document"]
}
