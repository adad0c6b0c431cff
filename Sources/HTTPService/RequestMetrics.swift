// SPDX-License-Identifier: Apache-2.0

import Metrics
import NIOHTTP1

/// Counts the requests of a role's public side. Handlers are looked up once; recording is a few atomic additions.
final class RequestMetrics: Sendable {
    private struct Class: Sendable {
        let outcomes: [Counter]
        let duration: Timer
    }

    private static let outcomes = ["1xx", "2xx", "3xx", "4xx", "5xx"]

    private let classes: [Class]
    private let inFlight = Meter(label: "recto_requests_in_flight")
    private let connections = Meter(label: "recto_connections")
    private let abandoned = counter(.other, "abandoned")

    init() {
        classes = RequestClass.allCases.map { kind in
            Class(
                outcomes: Self.outcomes.map { Self.counter(kind, $0) },
                duration: Timer(
                    label: "recto_request_duration_seconds", dimensions: [("class", kind.rawValue)]))
        }
    }

    private static func counter(_ kind: RequestClass, _ outcome: String) -> Counter {
        Counter(label: "recto_requests_total", dimensions: [("class", kind.rawValue), ("outcome", outcome)])
    }

    /// - Parameter nanoseconds: from the request's last byte to the answer's; of a stream, to the answer's head.
    func answered(_ kind: RequestClass, _ status: HTTPResponseStatus, nanoseconds: Int64) {
        let counters = classes[kind.place]
        counters.outcomes[min(max(Int(status.code) / 100, 1), 5) - 1].increment()
        counters.duration.recordNanoseconds(nanoseconds)
    }

    func connectionOpened() { connections.increment(by: 1) }
    func connectionClosed() { connections.decrement(by: 1) }
    func began() { inFlight.increment(by: 1) }
    func ended() { inFlight.decrement(by: 1) }

    /// The client went away before it had an answer.
    func wasAbandoned() { abandoned.increment() }
}

extension RequestClass {
    fileprivate var place: Int {
        switch self {
        case .tile: 0
        case .information: 1
        case .manifest: 2
        case .structure: 3
        case .text: 4
        case .search: 5
        case .site: 6
        case .other: 7
        }
    }
}
