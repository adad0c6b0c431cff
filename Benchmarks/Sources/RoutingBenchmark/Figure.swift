// SPDX-License-Identifier: Apache-2.0

/// A figure of the report: what it means, and how it is had from a run.
///
/// **Adding one:** a line in `all`.
package struct Figure: Sendable {
    package var name: String
    package var unit: String
    package var definition: String
    /// Less is better; for a few figures neither is.
    package var isBetterLow = true
    package var value: @Sendable (CellFigures) -> Double?

    package static let all: [Figure] = [
        Figure(
            name: "Archive opens per document", unit: "",
            definition:
                "Reads that began with a document's first byte, counted by the archive, divided by the documents read."
        ) { Double($0.archive.opens) / Double(max(1, $0.documents)) },
        Figure(
            name: "Archive bytes per document byte", unit: "×",
            definition: "Bytes that the archive sent, divided by the size of the documents that were read."
        ) { Double($0.archive.bytes) / Double(max(1, $0.documentBytes)) },
        Figure(name: "Archive reads per document", unit: "", definition: "Requests for bytes, counted by the archive.")
        {
            Double($0.archive.reads) / Double(max(1, $0.documents))
        },
        Figure(
            name: "Copies of a document in the cluster", unit: "",
            definition: "Documents that nodes and portals hold open at the end, divided by the documents read."
        ) { Double($0.heldCopies) / Double(max(1, $0.documents)) },
        Figure(
            name: "Memory per node at the end", unit: "MiB",
            definition: "Proportional set size of the node and its workers; the mean over the nodes."
        ) { Double($0.memoryAtEnd) / Double(max(1, $0.nodes)) / 1_048_576 },
        Figure(
            name: "Memory per node at peak", unit: "MiB",
            definition: "The same, looked at every two seconds; the largest sum, divided by the nodes."
        ) { Double($0.memoryAtPeak) / Double(max(1, $0.nodes)) / 1_048_576 },
        Figure(
            name: "Tiles from memory", unit: "%", definition: "Tiles that came out of a node's tile cache.",
            isBetterLow: false
        ) { $0.hitRatio * 100 },
        Figure(
            name: "Time to first page, median", unit: "ms",
            definition: "From when the reader opened the document until the picture of page 1 had arrived."
        ) { $0.firstPage.p50 * 1000 },
        Figure(name: "Time to first page, p99", unit: "ms", definition: "The same; 99 of 100 were as fast.") {
            $0.firstPage.p99 * 1000
        },
        Figure(
            name: "Time to first tile, median", unit: "ms",
            definition: "From when the reader turned to a page until the first of its tiles was there."
        ) { $0.firstTile.p50 * 1000 },
        Figure(
            name: "Time to all visible tiles, median", unit: "ms", definition: "The same until the last was there."
        ) { $0.allTiles.p50 * 1000 },
        Figure(name: "Time to all visible tiles, p95", unit: "ms", definition: "The same; 95 of 100 were as fast.") {
            $0.allTiles.p95 * 1000
        },
        Figure(name: "Time to all visible tiles, p99", unit: "ms", definition: "The same; 99 of 100 were as fast.") {
            $0.allTiles.p99 * 1000
        },
        Figure(
            name: "Processor time of nodes per 1,000 tiles", unit: "s",
            definition: "Of nodes with their workers, user and system, without start-up."
        ) { $0.nodeSeconds / Double(max(1, $0.tiles)) * 1000 },
        Figure(
            name: "Processor time of portals per 1,000 tiles", unit: "s", definition: "Of portals with their workers."
        ) { $0.portalSeconds / Double(max(1, $0.tiles)) * 1000 },
        Figure(name: "Processor time of the router per 1,000 tiles", unit: "s", definition: "Of the router.") {
            $0.routerSeconds / Double(max(1, $0.tiles)) * 1000
        },
        Figure(
            name: "Load skew", unit: "", definition: "Requests of the busiest node divided by the mean over the nodes."
        ) { $0.loadSkew },
        Figure(name: "Failed requests", unit: "", definition: "Not answered with 2xx or 304, or broken off.") {
            Double($0.failures)
        },
        Figure(
            name: "Documents that changed node", unit: "%",
            definition: "Of those asked for before and after the event, the share whose most frequent node was another."
        ) { $0.movedShare.map { $0 * 100 } },
        Figure(
            name: "Settings to write", unit: "",
            definition: "What an operator must set beyond the addresses of members."
        ) { Double($0.settings) },
    ]
}
