// SPDX-License-Identifier: Apache-2.0

package import Cluster
package import HTTPService
package import TileModel

/// Says how many members hold a document and what it cost the archive, by asking all of them: the product's idea in one figure,
/// for `?debug`.
package struct DocumentCopies: Sendable {
    private let client: ClusterClient
    private let own: @Sendable (DocumentID) -> DocumentHolding
    private let others: @Sendable () -> [MemberState]

    private static let timeout: Duration = .milliseconds(500)

    /// - Parameters:
    ///   - own: what this portal holds.
    ///   - others: the other members.
    package init(
        client: ClusterClient, own: @escaping @Sendable (DocumentID) -> DocumentHolding,
        others: @escaping @Sendable () -> [MemberState]
    ) {
        self.client = client
        self.own = own
        self.others = others
    }

    package func answer(for document: DocumentID) async -> HTTPAnswer {
        var holdings = [own(document)]
        await withTaskGroup(of: DocumentHolding?.self) { group in
            for member in others() where member.role != .router {
                group.addTask {
                    try? await client.holding(
                        of: document.pathSegment, at: member.clusterAddress, timeout: Self.timeout)
                }
            }
            for await holding in group {
                if let holding, holding.id != holdings[0].id { holdings.append(holding) }
            }
        }
        holdings.sort { $0.id < $1.id }
        return .json(
            .object([
                ("document", .string(document.displayName)),
                ("copies", .int(holdings.count { $0.open })),
                ("archiveOpens", .int(holdings.reduce(0) { $0 + $1.archiveOpens })),
                ("archiveReads", .int(holdings.reduce(0) { $0 + $1.archiveReads })),
                ("archiveBytes", .int(holdings.reduce(0) { $0 + $1.archiveBytes })),
                (
                    "holders",
                    .array(
                        holdings.map { holding in
                            .object([
                                ("id", .string(holding.id)), ("role", .string(holding.role.rawValue)),
                                ("open", .bool(holding.open)),
                                ("archiveOpens", .int(holding.archiveOpens)),
                            ])
                        })
                ),
            ]))
    }
}
