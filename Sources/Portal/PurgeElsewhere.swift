// SPDX-License-Identifier: Apache-2.0

import Cluster
import Logging
import TileModel

/// Has all other members forget a document that was written here.
struct PurgeElsewhere: Sendable {
    let client: ClusterClient
    /// The id of this portal.
    let id: String
    /// The members that routers name.
    let members: @Sendable () -> [MemberState]
    let logger: Logger

    /// Whoever writes waits for so long at most: members that cannot be told see the new version within the interval.
    private static let patience: Duration = .seconds(1)

    /// Returns once they have, or cannot be reached.
    func callAsFunction(_ document: DocumentID) async {
        let others = members().filter { $0.id != id && $0.role != .router }
        let message = PurgeMessage(.document(document))
        let result = await FanOut.to(others) {
            try await client.purge(message, at: $0.clusterAddress, timeout: Self.patience)
        }
        guard !result.unreached.isEmpty else { return }
        logger.notice(
            "members could not be told of a document that was written; they learn of it within the version interval",
            metadata: ["members": "\(result.unreached.map(\.id).joined(separator: ","))"])
    }
}
