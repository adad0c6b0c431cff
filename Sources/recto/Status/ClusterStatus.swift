// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials

/// What `GET /admin/nodes` of a router says.
struct ClusterStatus: Decodable {
    struct Member: Decodable {
        var id: String
        var role: String
        var status: String
        var reachable: Bool
        var address: String
        var load: Int
        var capacity: Int
        var age: Double
        var openDocuments: Int
        var workerBytes: Int
        var tileCacheBytes: Int
        var rendering: String
        /// Of all documents, those that the member owns; absent under policies that do not route by document.
        var share: Double?
        var tileHits: Int?
        var tileMisses: Int?
    }

    struct Router: Decodable {
        var id: String
        var fingerprint: String
    }

    struct Autoscale: Decodable {
        var minimum: Int
        var maximum: Int
        var busy: Double
    }

    var policy: String
    var fingerprint: String
    var wanted: Int?
    var autoscale: Autoscale?
    var routers: [Router]?
    var members: [Member]

    init(_ bytes: [UInt8], from admin: String) throws {
        do {
            self = try JSONDecoder().decode(ClusterStatus.self, from: Data(bytes))
        } catch {
            throw Failure("the answer of \(admin) is not one of a router of this version")
        }
    }

    /// Whether the routers that members know of see the same members, and have the same policy.
    var isAgreed: Bool { Set((routers ?? []).map(\.fingerprint)).union([fingerprint]).count == 1 }

    /// What an operator should know.
    var warnings: [String] {
        Set(members.map(\.rendering)).count > 1
            ? ["the members do not render alike (different versions or fonts): the same tile differs."] : []
    }
}
