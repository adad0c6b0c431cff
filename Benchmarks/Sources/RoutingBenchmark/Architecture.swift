// SPDX-License-Identifier: Apache-2.0

/// One way of building a cluster, as people argue for it.
package struct Architecture: Sendable {
    /// Who takes part, and how it is started.
    package enum Form: Sendable, Hashable {
        /// Router, portals and nodes as processes of their own.
        case roles
        /// One `recto serve` with these options.
        case served([String])
        /// A cluster that somebody else has started.
        case existing
    }

    /// What a Redis beside the cluster is for.
    package enum Redis: String, Sendable {
        case tiles = "--tile-cache-redis"
        case documents = "--document-cache-redis"
    }

    package var name: String
    package var title: String
    package var form = Form.roles
    /// 0: every node does everything.
    package var portals = 1
    package var policy = "document"
    /// More options of the router.
    package var routing: [String] = []
    /// More options of portals and nodes.
    package var members: [String] = []
    package var redis: Redis?
    /// Whether members keep no tiles, whatever the plan says.
    package var isWithoutCache = false
    /// What an operator must write for it beyond the addresses of members.
    package var settings: [String] = []

    package static func named(_ name: String) -> Architecture? { all.first { $0.name == name } }
}
