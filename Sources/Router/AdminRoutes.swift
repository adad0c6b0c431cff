// SPDX-License-Identifier: Apache-2.0

import Affinity
package import Cluster
import FoundationEssentials
package import HTTPService
import NIOCore
import NIOHTTP1
import TileModel

/// The admin port: what operators see and do. Calls fan out over the cluster ports and say whom they could not reach.
package struct AdminRoutes: HTTPResponder {
    private let core: RouterCore
    private let client: ClusterClient
    private let scaler: (any NodeScaler)?
    /// Portals of the router's own process, nodes and portals elsewhere: all of them are in the membership.
    private let metricsText: @Sendable () -> String

    package static let mostNodes = 64

    package init(
        core: RouterCore, client: ClusterClient, scaler: (any NodeScaler)?,
        metricsText: @escaping @Sendable () -> String
    ) {
        self.core = core
        self.client = client
        self.scaler = scaler
        self.metricsText = metricsText
    }

    package func respond(to request: HTTPRequest) -> HTTPReply {
        guard request.method == .GET || request.method == .HEAD || isFromHere(request) else {
            return .now(
                Problem("forbidden", .forbidden, "Pages of other origins may not administer the cluster.").answer)
        }
        let segments = request.segments
        switch (request.method, segments.first, segments.dropFirst().first, segments.count) {
        case (_, "healthz", nil, 1): return .now(.text("ok\n"))
        case (_, "metrics", nil, 1): return .now(.text(metricsText()))
        case (.GET, "admin", "nodes", 2): return .now(.json(MemberReport(core: core, scaler: scaler).json))
        case (.POST, "admin", "nodes", 4) where segments[3] == "drain": return drain(String(segments[2]))
        case (.POST, "admin", "purge", 2): return caches.purge(request)
        case (.GET, "admin", "caches", 2): return caches.report(request)
        case (.PUT, "admin", "scale", 2): return scale(request)
        case (.PUT, "admin", "policy", 2): return setPolicy(request)
        default: return .now(Problem.notFound.answer)
        }
    }

    /// A page that a browser of the operator shows must not be able to command the cluster. Tools send no `Origin`.
    private func isFromHere(_ request: HTTPRequest) -> Bool {
        guard let origin = request.headers.first(name: "Origin") else { return true }
        // Not the `Host` header: a name of an attacker's that resolves to this machine would be equal to it.
        let host = origin.split(separator: "/", maxSplits: 2).last.map { $0.prefix { $0 != ":" } } ?? ""
        return ["localhost", "127.0.0.1"].contains(host)
    }

    private var caches: CacheAdministration { CacheAdministration(core: core, client: client) }

    // MARK: Doing

    private func drain(_ id: String) -> HTTPReply {
        guard let member = core.monitor.view.members[id] else {
            return .now(Problem("no-such-member", .notFound, "There is no member of that id.").answer)
        }
        guard scaler == nil || member.state.role == .node else {
            return .now(
                Problem(
                    "not-drainable", .conflict, "This is the only portal, and it runs in the router's process.",
                    detail: "Stop “recto serve” instead."
                ).answer)
        }
        return .later { [client] in
            do {
                try await client.drain(member.state.clusterAddress)
                return .json(.object([("id", .string(id)), ("status", .string("draining"))]), status: .accepted)
            } catch {
                return Problem("member-unreachable", .badGateway, "The member could not be reached.").answer
            }
        }
    }

    /// Either `nodes`, or both others.
    private struct ScaleMessage: Decodable {
        var nodes: Int?
        var minimum: Int?
        var maximum: Int?

        var range: ClosedRange<Int>? {
            guard let low = nodes ?? minimum, let high = nodes ?? maximum, 0 <= low, low <= high,
                high <= AdminRoutes.mostNodes
            else { return nil }
            return low...high
        }
    }

    private struct PolicyMessage: Decodable {
        var policy: String
        /// Nil: of all classes of routes that have none of their own.
        var `class`: String?
    }

    private func scale(_ request: HTTPRequest) -> HTTPReply {
        guard let scaler else {
            return .now(
                Problem(
                    "not-scalable", .conflict, "This router does not run the nodes.",
                    detail: "Scale them with what started them, for example `kubectl scale statefulset`."
                ).answer)
        }
        let message = try? ClusterCoding.decode(ScaleMessage.self, from: request.body.readableBytesView)
        guard let range = message?.range else {
            return .now(
                Problem(
                    "malformed-message", .badRequest,
                    "Send {\"nodes\": N}, or {\"minimum\": N, \"maximum\": N}, with numbers from 0 to \(Self.mostNodes)."
                ).answer)
        }
        scaler.scale(within: range)
        let answer: [(String, JSON)] =
            range.count == 1
            ? [("nodes", .int(range.lowerBound))]
            : [("minimum", .int(range.lowerBound)), ("maximum", .int(range.upperBound))]
        return .now(.json(.object(answer), status: .accepted))
    }

    private func setPolicy(_ request: HTTPRequest) -> HTTPReply {
        guard scaler != nil else {
            return .now(
                Problem(
                    "not-changeable", .conflict, "The policy of this router comes from its configuration.",
                    detail: "Routers side by side must agree: change --policy of all of them."
                ).answer)
        }
        let message = try? ClusterCoding.decode(PolicyMessage.self, from: request.body.readableBytesView)
        guard let policy = message.flatMap({ RoutingPolicies.named($0.policy) }) else {
            let names = RoutingPolicies.all.map { $0.name }.joined(separator: ", ")
            return .now(
                Problem("no-such-policy", .badRequest, "There is no such policy.", detail: "There are: \(names).")
                    .answer)
        }
        guard let name = message?.class else {
            core.setPolicies { $0.with(base: policy) }
            return .now(.json(.object([("policy", .string(policy.name))])))
        }
        guard let routeClass = Route.Class(rawValue: name) else {
            let names = Route.Class.allCases.map(\.rawValue).joined(separator: ", ")
            return .now(
                Problem(
                    "no-such-class", .badRequest, "There is no such class of routes.", detail: "There are: \(names)."
                )
                .answer)
        }
        core.setPolicies { $0.with(policy, for: routeClass) }
        return .now(.json(.object([("policy", .string(policy.name)), ("class", .string(name))])))
    }
}
