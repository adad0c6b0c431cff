// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials

package enum MemberRole: String, Sendable, Codable, CaseIterable {
    case router
    case portal
    case node
}

/// Only moves forward within one incarnation.
package enum MemberStatus: String, Sendable, Codable, Comparable, CaseIterable {
    case joining
    case ready
    case draining
    case gone

    private var order: Int {
        switch self {
        case .joining: 0
        case .ready: 1
        case .draining: 2
        case .gone: 3
        }
    }

    package static func < (left: Self, right: Self) -> Bool { left.order < right.order }
}

/// What a member says of itself at `GET /cluster/state`: the only source of identity and status.
package struct MemberState: Sendable, Codable, Hashable {
    /// Stable over restarts.
    package var id: String
    /// When this run of it started, in milliseconds since 1970: a restart is a new incarnation of the same id.
    package var incarnation: Int
    package var role: MemberRole
    package var status: MemberStatus
    /// `host:port` at which requests are taken; empty for a router.
    package var address: String
    /// `host:port` of the cluster port.
    package var clusterAddress: String
    /// Jobs that run or wait.
    package var load: Int
    /// Jobs that run at a time.
    package var capacity: Int
    /// Its part of the keys relative to other members'; nil: as its capacity says. With 0 it gets none.
    package var weight: Int?
    /// Seconds since it became ready.
    package var age: Double
    package var openDocuments: Int
    /// Bytes that its workers hold.
    package var workerBytes: Int
    package var tileCacheBytes: Int
    /// The documents asked for most, as path segments.
    package var hot: [String]
    /// The rendering fingerprint: members that differ in it make different tiles.
    package var rendering: String
    /// Look-ups of the tile cache since the start. Nil from members that do not count, as the following.
    package var tiles: TileCount?
    /// The routers that ask this member regularly.
    package var routers: [RouterSighting]?

    package init(
        id: String, incarnation: Int, role: MemberRole, status: MemberStatus, address: String, clusterAddress: String,
        load: Int = 0, capacity: Int = 0, weight: Int? = nil, age: Double = 0, openDocuments: Int = 0,
        workerBytes: Int = 0, tileCacheBytes: Int = 0, hot: [String] = [], rendering: String = "",
        tiles: TileCount? = nil, routers: [RouterSighting]? = nil
    ) {
        self.id = id
        self.incarnation = incarnation
        self.role = role
        self.status = status
        self.address = address
        self.clusterAddress = clusterAddress
        self.load = load
        self.capacity = capacity
        self.weight = weight
        self.age = age
        self.openDocuments = openDocuments
        self.workerBytes = workerBytes
        self.tileCacheBytes = tileCacheBytes
        self.hot = hot
        self.rendering = rendering
        self.tiles = tiles
        self.routers = routers
    }
}

/// What a member announces to others, so that they come and ask: addresses only.
package struct Heartbeat: Sendable, Codable {
    package var clusterAddress: String

    package init(clusterAddress: String) { self.clusterAddress = clusterAddress }
}

/// The answer to a heartbeat: whom the router knows.
package struct HeartbeatAnswer: Sendable, Codable {
    package var members: [MemberState]

    package init(members: [MemberState]) { self.members = members }
}

package struct HandedOverMessage: Sendable, Codable {
    /// Seconds for which the member's predecessor of the same id had been ready; 0 where there was none lately.
    package var standing: Double

    package init(standing: Double) { self.standing = standing }
}

/// What one member holds of one document.
package struct DocumentHolding: Sendable, Codable, Hashable {
    package var id: String
    package var role: MemberRole
    package var open: Bool
    package var archiveOpens: Int
    package var archiveReads: Int
    package var archiveBytes: Int

    package init(id: String, role: MemberRole, open: Bool, archiveOpens: Int, archiveReads: Int, archiveBytes: Int) {
        self.id = id
        self.role = role
        self.open = open
        self.archiveOpens = archiveOpens
        self.archiveReads = archiveReads
        self.archiveBytes = archiveBytes
    }
}

/// JSON of the cluster's messages.
package enum ClusterCoding {
    package static func encode(_ value: some Encodable) -> [UInt8] {
        // Plain structs of strings and numbers always encode.
        Array((try? JSONEncoder().encode(value)) ?? Data("{}".utf8))
    }

    package static func decode<Value: Decodable>(_ type: Value.Type, from bytes: some Sequence<UInt8>) throws -> Value {
        try JSONDecoder().decode(type, from: Data(bytes))
    }
}
