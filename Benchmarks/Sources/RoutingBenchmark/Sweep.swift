// SPDX-License-Identifier: Apache-2.0

/// One thing changed step by step, everything else the same.
package struct Sweep: Sendable {
    package struct Point: Sendable {
        package var label: String
        /// Where it stands on the axis; nil where the points are in no order.
        package var value: Double?
        package var scene: Scene
    }

    package var name: String
    package var title: String
    /// What it asks, in a sentence.
    package var question: String
    package var axis: String
    package var points: [Point]
    package var architectures: [String]
    /// Names of the figures that answer it.
    package var figures: [String]

    package static func named(_ name: String) -> Sweep? { all.first { $0.name == name } }

    /// **Adding one:** a line here.
    package static let all: [Sweep] = [
        nodes([1, 2, 3, 5, 8]), caches([0.1, 0.25, 0.5, 1, 2]), firstPage, hostApplication, day,
    ]

    private static func nodes(_ counts: [Int]) -> Sweep {
        Sweep(
            name: "nodes", title: "Number of nodes",
            question: "What does each further node cost the archive, and how many copies of a document are there?",
            axis: "nodes",
            points: counts.map { count in
                Point(
                    label: "\(count)", value: Double(count),
                    scene: Scene(
                        name: "nodes-\(count)", title: count == 1 ? "One node" : "\(count) nodes",
                        adjust: { $0.nodes = count }))
            },
            architectures: ["round-robin", "whole-round-robin", "session-cookie", "document"],
            figures: [
                "Archive opens per document", "Copies of a document in the cluster",
                "Processor time of nodes per 1,000 tiles", "Memory of all processes at the end",
            ])
    }

    private static func caches(_ shares: [Double]) -> Sweep {
        Sweep(
            name: "caches", title: "Tile cache of each node, by the working set",
            question: "How much cache does round-robin need to catch up?", axis: "cache / working set",
            points: shares.map { share in
                Point(
                    label: "\(share)", value: share,
                    scene: Scene(
                        name: "cache-\(share)", title: "A cache of \(share) of the working set",
                        adjust: { $0.tileCacheShare = share }))
            },
            architectures: ["round-robin", "document"],
            figures: [
                "Tiles from memory", "Processor time of nodes per 1,000 tiles", "Time to all visible tiles, p95",
                "Memory per node at the end",
            ])
    }

    private static let firstPage = Sweep(
        name: "first-page", title: "Who shows the first page",
        question: "Is the first page there sooner from a portal, from the document's node, or without a preview?",
        axis: "archive",
        points: [
            Point(label: "at hand", value: nil, scene: Scene(name: "first-page", title: "An archive at hand")),
            Point(
                label: "30 ms away", value: nil,
                scene: Scene(
                    name: "first-page-slow", title: "An archive 30 ms away",
                    adjust: { $0.archiveLatency = max(30, $0.archiveLatency) })),
        ],
        architectures: ["document", "first-page-by-node", "no-preview"],
        figures: [
            "Time to first page, median", "Time to first page, p99", "Requests to first page",
            "Archive opens per document", "Time to all visible tiles, p95", "Processor time of all per 1,000 tiles",
        ])

    private static let hostApplication = Sweep(
        name: "host", title: "A host application on the portal's processor",
        question:
            "What do the pages of another application wait for rendering beside it? It shares a processor with the portal, or with the first of the all-in-one instances; the others have another one.",
        axis: "readers",
        points: [
            Point(
                label: "none", value: nil,
                scene: Scene(
                    name: "host-idle", title: "Nobody reads", foreignRate: 40, adjust: { $0.rate = 0 })),
            Point(
                label: "as planned", value: nil,
                scene: Scene(name: "host-busy", title: "Readers as planned", foreignRate: 40)),
        ],
        architectures: ["all-in-one-sticky", "document"],
        figures: [
            "Host application, median", "Host application, p99", "Time to all visible tiles, p95",
            "Processor time of portals per 1,000 tiles",
        ])

    private static let day = Sweep(
        name: "day", title: "A day in three minutes",
        question:
            "How much is there to save by running only as many nodes as there is work for? Twice the requests of other scenes from readers who look half as long; the autoscaler looks as much more often as the day is shorter.",
        axis: "",
        points: [
            Point(
                label: "a day", value: nil,
                scene: Scene(
                    name: "day", title: "A day in three minutes", isDay: true,
                    adjust: {
                        $0.seconds = max(180, $0.seconds)
                        $0.rate *= 2
                        $0.think /= 2
                    }))
        ],
        architectures: ["served-fixed", "served-autoscaled"],
        figures: [
            "Node-seconds per 1,000 pages", "Processor time of all per 1,000 tiles", "Time to all visible tiles, p95",
            "Time to all visible tiles, p99", "Failed requests",
        ])
}
