// SPDX-License-Identifier: Apache-2.0

import Affinity
import ArgumentParser
import Cluster
import Router

extension SessionToken: ExpressibleByArgument {
    /// As in `--session-token PLACE:NAME`.
    public init?(argument: String) { self.init(argument) }
}

extension FirstPageRole: ExpressibleByArgument {}

/// How a router chooses.
struct RoutingOptions: ParsableArguments {
    private static let names = RoutingPolicies.all.map { $0.name }.joined(separator: ", ")
    private static let classes = Route.Class.allCases.map(\.rawValue).joined(separator: ", ")

    @Option(help: "How tiles, text and searches are spread over the nodes: \(names).")
    var policy: String = Environment.value("policy", RoutingPolicies.default)

    @Option(help: "CLASS=POLICY: another policy for one class of requests: \(classes); may be repeated.")
    var policyFor: [String] = Environment.list("policy-for")

    @Option(
        help: "Where the policy session-token finds the session: path:NAME, query:NAME, header:NAME or form:NAME.")
    var sessionToken: SessionToken?

    @Option(help: "Seconds until a node that joins a running cluster has its full share; 0: at once.")
    var slowStart: Double = Environment.value("slow-start", 30)

    @Option(help: "Who answers structure, manifests and whole pictures of page 1: portal, or the document's node.")
    var firstPage: FirstPageRole = Environment.value("first-page", .portal)

    @Option(help: "Whether new owners open the hot documents before requests go by a change: on or off.")
    var handOver: Switch = Environment.value("hand-over", .on)

    var token: SessionToken {
        sessionToken ?? Environment.optional("session-token") ?? SessionToken(.path, "session")
    }

    func apply(to router: inout RouterConfiguration) {
        router.sessionToken = token
        router.firstPage = firstPage
    }

    func apply(to health: inout HealthMonitor.Configuration) {
        health.slowStart = .seconds(slowStart)
        health.handsOver = handOver == .on
    }

    var policies: RoutePolicies {
        RoutePolicies(RoutingPolicies.named(policy) ?? DocumentPolicy.self, own: (try? ownPolicies) ?? [:])
    }

    func validate() throws {
        guard RoutingPolicies.named(policy) != nil else { throw ValidationError("--policy is one of \(Self.names).") }
        _ = try ownPolicies
        _ = token
        guard (0...3600).contains(slowStart) else { throw ValidationError("--slow-start is from 0 to 3600 seconds.") }
    }

    private var ownPolicies: [Route.Class: any RoutingPolicy.Type] {
        get throws {
            var result: [Route.Class: any RoutingPolicy.Type] = [:]
            for text in policyFor {
                let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
                guard parts.count == 2, let name = Route.Class(rawValue: parts[0]),
                    let policy = RoutingPolicies.named(parts[1])
                else {
                    throw ValidationError(
                        "--policy-for is CLASS=POLICY. Classes: \(Self.classes). Policies: \(Self.names).")
                }
                result[name] = policy
            }
            return result
        }
    }
}

/// A node's part of the documents.
struct ShareOptions: ParsableArguments {
    @Option(help: "This node's part of the documents relative to others. Default: its workers; 0: none.")
    var weight: Int?

    var chosenWeight: Int? { weight ?? Environment.optional("weight") }

    func validate() throws {
        guard chosenWeight.map({ (0...RoutingNode.heaviest).contains($0) }) ?? true else {
            throw ValidationError("--weight is a number from 0 to \(RoutingNode.heaviest).")
        }
    }
}
