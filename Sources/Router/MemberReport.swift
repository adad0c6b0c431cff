// SPDX-License-Identifier: Apache-2.0

import Affinity
import Cluster
import HTTPService

/// What `GET /admin/nodes` says: the cluster as this router sees it.
struct MemberReport {
    let core: RouterCore
    let scaler: (any NodeScaler)?

    var json: JSON {
        let view = core.monitor.view
        let shares = OwnerShares.of(view.nodes, core.currentPolicy)
            .merging(OwnerShares.of(view.portals, DocumentPolicy())) { first, _ in first }
        let members = view.members.values.sorted {
            ($0.state.role.rawValue, $0.state.id) < ($1.state.role.rawValue, $1.state.id)
        }
        let scale = scaler?.state
        return .compact([
            ("policy", .string(core.policyName)),
            ("fingerprint", .string(core.monitor.fingerprint)),
            ("wanted", .optional(scale?.wanted)),
            ("autoscale", scale.flatMap(Self.json) ?? .null),
            ("routers", .array(Self.routers(members).map(Self.json))),
            ("members", .array(members.map { Self.json($0, share: shares[$0.state.id]) })),
        ])
    }

    private static func json(_ scale: NodeScale) -> JSON? {
        guard scale.range.count > 1 else { return nil }
        return .object([
            ("minimum", .int(scale.range.lowerBound)),
            ("maximum", .int(scale.range.upperBound)),
            ("busy", .double(rounded(scale.busyness))),
        ])
    }

    /// The routers that members know, each once: while the cluster changes members may have heard different things of it.
    private static func routers(_ members: [Membership.Member]) -> [RouterSighting] {
        let sightings = members.filter(\.isReachable).flatMap { $0.state.routers ?? [] }
        return Dictionary(grouping: sightings, by: \.id).values
            .compactMap { $0.max { $0.view < $1.view } }
            .sorted { $0.id < $1.id }
    }

    private static func json(_ router: RouterSighting) -> JSON {
        .object([("id", .string(router.id)), ("fingerprint", .string(router.view))])
    }

    private static func json(_ member: Membership.Member, share: Double?) -> JSON {
        let state = member.state
        return .compact([
            ("id", .string(state.id)),
            ("role", .string(state.role.rawValue)),
            ("status", .string(state.status.rawValue)),
            ("reachable", .bool(member.isReachable)),
            ("incarnation", .int(state.incarnation)),
            ("address", .string(state.address)),
            ("load", .int(state.load)),
            ("capacity", .int(state.capacity)),
            ("age", .double((state.age * 10).rounded() / 10)),
            ("share", share.map { .double(rounded($0)) } ?? .null),
            ("tileHits", .optional(state.tiles?.hits)),
            ("tileMisses", .optional(state.tiles?.misses)),
            ("openDocuments", .int(state.openDocuments)),
            ("workerBytes", .int(state.workerBytes)),
            ("tileCacheBytes", .int(state.tileCacheBytes)),
            ("hot", .array(state.hot.map(JSON.string))),
            ("rendering", .string(state.rendering)),
        ])
    }

    private static func rounded(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }
}
