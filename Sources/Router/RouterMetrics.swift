// SPDX-License-Identifier: Apache-2.0

import Metrics

/// What the router counts. Handlers are looked up once, not for each request.
struct RouterMetrics: Sendable {
    let retries = Counter(label: "recto_router_retries_total")
    let retriesRefused = Counter(label: "recto_router_retries_refused_total")
    let ejections = Counter(label: "recto_router_ejections_total")
    let owned = Counter(label: "recto_router_affinity_total", dimensions: [("outcome", "owner")])
    let spilled = Counter(label: "recto_router_affinity_total", dimensions: [("outcome", "spill")])
    let connections = Meter(label: "recto_router_connections")
    private let refused: [RefusalReason: Counter] = Dictionary(
        uniqueKeysWithValues: RefusalReason.allCases.map { reason in
            (reason, Counter(label: "recto_router_refused_total", dimensions: [("reason", reason.rawValue)]))
        })
    private let latencies: [Timer] = Route.Class.allCases.map { `class` in
        Timer(label: "recto_router_request_seconds", dimensions: [("class", `class`.rawValue)])
    }
    /// For answers of the router's own.
    let own = AnswerCounters(node: "")

    func refuse(_ reason: RefusalReason) { refused[reason]?.increment() }

    /// - Parameter place: the class's place in `Route.Class.allCases`.
    func took(_ nanoseconds: Int64, place: Int) { latencies[place].recordNanoseconds(nanoseconds) }
}

/// `recto_router_requests_total` of one node: all series at once, then counting costs one addition.
final class AnswerCounters: Sendable {
    private static let outcomes = ["1xx", "2xx", "3xx", "4xx", "5xx"]
    private let counters: [Counter]

    init(node: String) {
        counters = Route.Class.allCases.flatMap { `class` in
            Self.outcomes.map { outcome in
                Counter(
                    label: "recto_router_requests_total",
                    dimensions: [("class", `class`.rawValue), ("node", node), ("outcome", outcome)])
            }
        }
    }

    func count(place: Int, status: Int) {
        counters[place * Self.outcomes.count + min(max(status / 100, 1), 5) - 1].increment()
    }
}

extension Route.Class {
    /// Its place among all classes: an index for tables.
    var place: Int {
        switch self {
        case .tile: 0
        case .structure: 1
        case .text: 2
        case .search: 3
        case .upload: 4
        case .site: 5
        }
    }
}
