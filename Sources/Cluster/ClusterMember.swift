// SPDX-License-Identifier: Apache-2.0

package import HTTPService
package import TileModel

/// What a role does when its cluster port is asked to.
package protocol ClusterMember: Sendable {
    /// What it is now.
    var state: MemberState { get }

    /// A router or portal heard from a member. Returns whom it knows.
    func heard(_ heartbeat: Heartbeat) -> HeartbeatAnswer

    /// A router or portal is asked whom it reaches.
    var members: [MemberState] { get }

    /// To open a document before anybody asks for it. Returns when it is open, or could not be.
    func warm(_ document: DocumentReference, _ message: WarmMessage) async

    /// Writes those of the blocks as frames that are here; nil where none is. Fetches nothing.
    func blocks(_ query: BlockQuery, for asker: String?) async -> (@Sendable (BodyWriter) async throws -> Void)?

    /// What the archive has said here of a document that lies far away.
    func object(_ document: DocumentID) async -> KnownObject?

    /// To take no further work and stop once what it has is finished.
    func drain()

    /// To forget documents in every cache. Returns when it is done.
    /// - Parameter event: a repeated one only has the archive asked again.
    func purge(_ selection: DocumentSelection, event: String?) async

    /// What the caches hold.
    /// - Parameter limit: of documents.
    func caches(_ selection: DocumentSelection, limit: Int) async -> CacheReport

    func holding(of document: DocumentID) -> DocumentHolding

    /// A router has asked for the state; it knows by now what the state says.
    /// - Parameter view: the fingerprint of whom the router sees.
    func asked(by router: String, saw status: MemberStatus, view: String?)

    /// A router has warmed those whom this member's joining or draining concerns.
    func handedOver(by router: String, standing: Double)
}

extension ClusterMember {
    package func heard(_ heartbeat: Heartbeat) -> HeartbeatAnswer { HeartbeatAnswer(members: members) }
    package var members: [MemberState] { [] }
    package func warm(_ document: DocumentReference, _ message: WarmMessage) async {}
    package func object(_ document: DocumentID) async -> KnownObject? { nil }
    package func drain() {}
    package func purge(_ selection: DocumentSelection, event: String?) async {}
    package func asked(by router: String, saw status: MemberStatus, view: String?) {}
    package func handedOver(by router: String, standing: Double) {}

    package func caches(_ selection: DocumentSelection, limit: Int) async -> CacheReport {
        CacheReport(layers: [], documents: [])
    }

    package func blocks(
        _ query: BlockQuery, for asker: String?
    ) async -> (@Sendable (BodyWriter) async throws -> Void)? { nil }

    package func holding(of document: DocumentID) -> DocumentHolding {
        let state = state
        return DocumentHolding(
            id: state.id, role: state.role, open: false, archiveOpens: 0, archiveReads: 0, archiveBytes: 0)
    }
}
