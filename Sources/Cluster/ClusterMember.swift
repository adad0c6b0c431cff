// SPDX-License-Identifier: Apache-2.0

package import TileModel

/// What a role does when its cluster port is asked to.
package protocol ClusterMember: Sendable {
    /// What it is now.
    var state: MemberState { get }

    /// A router or portal heard from a member. Returns whom it knows.
    func heard(_ heartbeat: Heartbeat) -> HeartbeatAnswer

    /// To open a document before anybody asks for it. Returns at once.
    func warm(_ document: DocumentReference)

    /// To take no further work and stop once what it has is finished.
    func drain()

    /// To forget a document in every cache.
    func purge(_ document: DocumentID)

    func holding(of document: DocumentID) -> DocumentHolding

    /// A router has asked for the state; it knows by now what the state says.
    func asked(by router: String, saw status: MemberStatus)
}

extension ClusterMember {
    package func heard(_ heartbeat: Heartbeat) -> HeartbeatAnswer { HeartbeatAnswer(members: []) }
    package func warm(_ document: DocumentReference) {}
    package func drain() {}
    package func purge(_ document: DocumentID) {}
    package func asked(by router: String, saw status: MemberStatus) {}

    package func holding(of document: DocumentID) -> DocumentHolding {
        let state = state
        return DocumentHolding(
            id: state.id, role: state.role, open: false, archiveOpens: 0, archiveReads: 0, archiveBytes: 0)
    }
}
