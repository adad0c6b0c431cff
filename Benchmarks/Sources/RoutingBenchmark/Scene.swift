// SPDX-License-Identifier: Apache-2.0

/// What happens while readers read.
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
    /// All readers come within a tenth of the time, to a cluster that holds nothing.
    package var isRush = false
    /// Readers come as over a day: see `DayCurve`.
    package var isDay = false
    /// Requests a second for a page of another application that shares its processor with whoever shows the first page.
    package var foreignRate = 0.0
    /// What is different from the plan of the comparison.
    package var adjust: @Sendable (inout Plan) -> Void = { _ in }

    /// **Adding one:** a line here.
    package static let all: [Scene] = [
        Scene(name: "steady", title: "Steady readers, from empty caches"),
        Scene(name: "hot-document", title: "One document gets a third of all requests", hotShare: 0.33),
        Scene(
            name: "scaling", title: "Two nodes, then three, then two again", happening: .scaling,
            adjust: { $0.nodes = 2 }),
        Scene(name: "death", title: "A node is killed", happening: .death),
        Scene(name: "cold-start", title: "Cold start: everybody comes at once", isRush: true),
        Scene(
            name: "slow-archive", title: "An archive with 30 ms latency and 20 MB/s",
            adjust: {
                $0.archiveLatency = max(30, $0.archiveLatency)
                $0.archiveBandwidth = min(20, $0.archiveBandwidth ?? 20)
            }),
    ]

    package static func named(_ name: String) -> Scene? { all.first { $0.name == name } }

    /// Whether it says who comes when, so that a recorded trace cannot be put in its place.
    package var shapesReaders: Bool { hotShare > 0 || isRush || isDay }

    package static let usual = ["steady", "scaling", "slow-archive"]
    package static let quick = ["steady", "scaling"]

    /// Whether the number of nodes is not what it changes, or the one that there is without it.
    var hasUsualNodes: Bool {
        let usual = Plan(folder: "", program: "", version: "")
        var plan = usual
        adjust(&plan)
        return plan.nodes == usual.nodes
    }

    /// Seconds at which something happens.
    func eventTimes(_ seconds: Double) -> [Double] {
        switch happening {
        case .nothing: []
        case .scaling: [seconds / 3, seconds * 2 / 3]
        case .death: [seconds / 2]
        }
    }
}

/// Readers over a day, from midnight to midnight: few at night, most in the morning and in the afternoon.
enum DayCurve {
    /// Of the most, at that part of the day.
    static func share(_ time: Double) -> Double {
        let hours: [Double] = [
            0.03, 0.02, 0.02, 0.02, 0.03, 0.05, 0.12, 0.3, 0.65, 0.9, 1, 0.95, 0.7, 0.75, 0.95, 0.95, 0.8, 0.55, 0.3,
            0.2, 0.15, 0.12, 0.08, 0.05,
        ]
        return hours[min(hours.count - 1, max(0, Int(time * Double(hours.count))))]
    }
}
