// SPDX-License-Identifier: Apache-2.0

import LoadDriver

extension Figure {
    /// **Adding one:** a line here.
    package static let all: [Figure] = archive + memory + time + work + operation + basis

    private static let archive: [Figure] = [
        Figure(
            name: "Archive opens per document", unit: "", group: .archive,
            definition:
                "Reads that began with a document's first byte, counted by the archive, divided by the documents of which at least one request was answered."
        ) { cell in cell.archive.map { Double($0.opens) / Double(max(1, cell.documents)) } },
        Figure(
            name: "Archive opens per document read to the end", unit: "", group: .archive,
            definition:
                "The same, of documents of which readers saw every page, with at least eight tiles for each node: hardly a node can have been spared."
        ) { $0.readToEnd.flatMap { $0.documents == 0 ? nil : Double($0.archive.opens) / Double($0.documents) } },
        Figure(
            name: "Archive reads per document", unit: "", group: .archive,
            definition: "Requests for bytes, counted by the archive."
        ) { cell in cell.archive.map { Double($0.reads) / Double(max(1, cell.documents)) } },
        Figure(
            name: "Archive bytes per document byte", unit: "×", group: .archive,
            definition: "Bytes that the archive sent, divided by the size of the documents that were read."
        ) { cell in cell.archive.map { Double($0.bytes) / Double(max(1, cell.documentBytes)) } },
        Figure(
            name: "Archive bytes per byte of documents read to the end", unit: "×", group: .archive,
            definition: "The same, of documents read to the end."
        ) { $0.readToEnd.flatMap { $0.documents == 0 ? nil : Double($0.archive.bytes) / Double(max(1, $0.size)) } },
    ]

    private static let memory: [Figure] = [
        Figure(
            name: "Copies of a document in the cluster", unit: "", group: .memory,
            definition:
                "Documents that nodes and portals have open at the end, added up over their workers, divided by the documents of which at least one request was answered."
        ) { cell in cell.holdings.map { Double($0.byNodes + $0.byPortals) / Double(max(1, cell.documents)) } },
        Figure(
            name: "Documents open per node", unit: "", group: .memory,
            definition: "Documents that a node has open at the end; the mean over the nodes."
        ) { $0.holdings.map { Double($0.byNodes) / Double(max(1, $0.nodes)) } },
        Figure(
            name: "Memory per node at the end", unit: "MiB", group: .memory,
            definition: "Proportional set size (PSS) of the node and its workers; the mean over the nodes."
        ) { megabytes($0.usage?.nodeMemoryAtEnd, by: $0.holdings?.nodes) },
        Figure(
            name: "Memory per node at peak", unit: "MiB", group: .memory,
            definition: "The same, looked at every two seconds; the largest sum, divided by the nodes that ran then."
        ) { megabytes($0.usage?.nodeMemoryAtPeak, by: $0.usage?.nodesAtPeak) },
        Figure(
            name: "Memory of all processes at the end", unit: "MiB", group: .memory,
            definition: "PSS of router, portals, nodes, their workers and Redis together."
        ) { megabytes($0.usage?.allMemoryAtEnd, by: 1) },
        Figure(
            name: "Tiles from memory", unit: "%", group: .memory,
            definition: "Tiles that came out of a cache of finished tiles, as the answers themselves say.",
            isBetterLow: false
        ) { $0.hitRatio * 100 },
    ]

    private static func megabytes(_ bytes: Int?, by count: Int?) -> Double? {
        guard let bytes, let count, bytes > 0, count > 0 else { return nil }
        return Double(bytes) / Double(count) / 1_048_576
    }

    private static let time: [Figure] = [
        milliseconds(
            "Time to first page, median", 0.5, \.firstPage,
            "From when the reader opened the document until the first page was there: its picture in the structure stream, or all of its tiles, whichever came first. What failed counts as 30 s, here and in all times."
        ),
        milliseconds("Time to first page, p95", 0.95, \.firstPage, "The same; 95 of 100 were as fast."),
        milliseconds("Time to first page, p99", 0.99, \.firstPage, "The same; 99 of 100 were as fast."),
        Figure(
            name: "Requests to first page", unit: "", group: .time,
            definition: "Requests that the reader had made by then: 1 where the picture came with the structure."
        ) { $0.requestsToFirstPage },
        milliseconds(
            "Time to first tile, median", 0.5, \.firstTile,
            "From when the reader turned to a page until the first of its tiles was there."),
        milliseconds("Time to first tile, p95", 0.95, \.firstTile, "The same; 95 of 100 were as fast."),
        milliseconds("Time to first tile, p99", 0.99, \.firstTile, "The same; 99 of 100 were as fast."),
        milliseconds("Time to all visible tiles, median", 0.5, \.allTiles, "The same until the last was there."),
        milliseconds("Time to all visible tiles, p95", 0.95, \.allTiles, "The same; 95 of 100 were as fast."),
        milliseconds("Time to all visible tiles, p99", 0.99, \.allTiles, "The same; 99 of 100 were as fast."),
        Figure(
            name: "Host application, median", unit: "ms", group: .time,
            definition:
                "Until a page of another application had arrived that shares a processor with whoever shows the first page."
        ) { $0.foreign.map { $0.quantile(0.5) * 1000 } },
        Figure(
            name: "Host application, p99", unit: "ms", group: .time, definition: "The same; 99 of 100 were as fast."
        ) { $0.foreign.map { $0.quantile(0.99) * 1000 } },
    ]

    private static func milliseconds(
        _ name: String, _ share: Double, _ which: any KeyPath<CellFigures, LatencyHistogram> & Sendable,
        _ definition: String
    ) -> Figure {
        Figure(name: name, unit: "ms", group: .time, definition: definition) {
            $0[keyPath: which].count == 0 ? nil : $0[keyPath: which].quantile(share) * 1000
        }
    }

    private static let work: [Figure] = [
        processorTime("nodes", .node, "Of nodes with their workers, user and system, without start-up."),
        processorTime("portals", .portal, "Of portals with their workers."),
        processorTime("the router", .router, "Of the router."),
        processorTime("Redis", .redis, "Of Redis, where there is one."),
        Figure(
            name: "Processor time of all per 1,000 tiles", unit: "s", group: .work,
            definition: "Of all processes of the cluster together, Redis included, the archive and the readers not."
        ) { cell in cell.usage.flatMap { perThousandTiles($0.seconds.values.reduce(0, +), cell) } },
        Figure(
            name: "Load skew", unit: "", group: .work,
            definition:
                "Tiles of the busiest node divided by the mean over all nodes that the cluster began with, idle ones too: 1 is even."
        ) { $0.loadSkew },
        Figure(
            name: "Node-seconds per 1,000 pages", unit: "s", group: .work,
            definition: "Seconds that nodes ran, added up over the nodes, for each 1,000 looks at a page."
        ) { cell in cell.nodeTime.map { $0 * 1000 / Double(max(1, cell.pages)) } },
    ]

    private static func processorTime(_ whose: String, _ role: ProcessRole, _ definition: String) -> Figure {
        Figure(
            name: "Processor time of \(whose) per 1,000 tiles", unit: "s", group: .work, definition: definition
        ) { cell in cell.usage?.seconds(role).flatMap { perThousandTiles($0, cell) } }
    }

    private static func perThousandTiles(_ seconds: Double, _ cell: CellFigures) -> Double? {
        cell.tiles == 0 ? nil : seconds * 1000 / Double(cell.tiles)
    }

    private static let operation: [Figure] = [
        Figure(
            name: "Failed requests", unit: "", group: .operation,
            definition: "Not answered with 2xx or 3xx within 30 s, or broken off."
        ) { Double($0.failures) },
        Figure(
            name: "Documents that changed node", unit: "%", group: .operation,
            definition:
                "Of those asked for before and after the first event, the share whose most frequent node was another."
        ) { $0.movedShare.map { $0 * 100 } },
    ]

    private static let basis: [Figure] = [
        count("Documents read", "Of which at least one request was answered.") { $0.documents },
        count("Documents read to the end", "As above.") { $0.readToEnd?.documents },
        count("First pages", "That the times to the first page are of: with fewer than a hundred, p99 is the slowest.")
        {
            $0.firstPage.count
        },
        count("Looks at a page", "That the times to tiles are of.") { $0.allTiles.count },
    ]

    /// What tells how much a figure rests on; not better one way or the other.
    private static func count(
        _ name: String, _ definition: String, _ value: @escaping @Sendable (CellFigures) -> Int?
    ) -> Figure {
        Figure(name: name, unit: "", group: .basis, definition: definition, isBetterLow: false) {
            value($0).map(Double.init)
        }
    }
}
