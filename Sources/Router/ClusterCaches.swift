// SPDX-License-Identifier: Apache-2.0

import Cluster
import HTTPService
import TileModel

/// What the caches of all members hold, added up by layer and by document.
struct ClusterCaches {
    private let reports: FanOut<CacheReport>
    private let limit: Int

    init(_ reports: FanOut<CacheReport>, limit: Int) {
        self.reports = reports
        self.limit = limit
    }

    var json: JSON {
        .object([
            ("layers", .array(total.map(Self.json))),
            ("documents", .array(documents.map(Self.json))),
            (
                "members",
                .array(
                    reports.answers.map { member, report in
                        .object([
                            ("id", .string(member.id)), ("role", .string(member.role.rawValue)),
                            ("layers", .array(report.layers.map(Self.json))),
                        ])
                    })
            ),
            ("unreached", .array(reports.unreached.map { .string($0.id) })),
        ])
    }

    // MARK: By layer

    /// In the order in which members name them. Budgets add up as well.
    private var total: [CacheReport.Layer] {
        var total: [CacheReport.Layer] = []
        for layer in reports.answers.flatMap(\.answer.layers) {
            if let place = total.firstIndex(where: { $0.name == layer.name }) {
                total[place].add(layer)
            } else {
                total.append(layer)
            }
        }
        return total
    }

    private static func json(_ layer: CacheReport.Layer) -> JSON {
        .compact([
            ("name", .string(layer.name)), ("bytes", .int(layer.bytes)), ("budget", .optional(layer.budget)),
            ("entries", .int(layer.entries)), ("hits", .int(layer.hits)), ("misses", .int(layer.misses)),
            ("evictions", .int(layer.evictions)),
        ])
    }

    // MARK: By document

    private struct Document {
        let path: String
        var holders: [(member: String, layers: [CacheReport.Holding])] = []

        var bytes: Int { holders.reduce(0) { $0 + $1.layers.reduce(0) { $0 + $1.bytes } } }
    }

    private var documents: ArraySlice<Document> {
        var documents: [String: Document] = [:]
        for (member, report) in reports.answers {
            for document in report.documents {
                documents[document.path, default: Document(path: document.path)].holders
                    .append((member.id, document.layers))
            }
        }
        return documents.values.sorted { ($0.bytes, $1.path) > ($1.bytes, $0.path) }.prefix(limit)
    }

    private static func json(_ document: Document) -> JSON {
        let name = (try? DocumentID(pathSegment: document.path.utf8))?.displayName
        return .compact([
            ("document", .optional(name)), ("path", .string(document.path)), ("bytes", .int(document.bytes)),
            (
                "members",
                .array(
                    document.holders.map { holder in
                        .object([
                            ("id", .string(holder.member)), ("layers", .array(holder.layers.map(json))),
                        ])
                    })
            ),
        ])
    }

    private static func json(_ holding: CacheReport.Holding) -> JSON {
        .object([
            ("layer", .string(holding.layer)), ("bytes", .int(holding.bytes)), ("entries", .int(holding.entries)),
        ])
    }
}

extension CacheReport.Layer {
    fileprivate mutating func add(_ other: Self) {
        bytes += other.bytes
        budget = other.budget.map { (budget ?? 0) + $0 } ?? budget
        entries += other.entries
        hits += other.hits
        misses += other.misses
        evictions += other.evictions
    }
}
