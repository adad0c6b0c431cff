// SPDX-License-Identifier: Apache-2.0

import Archive
import Cluster
import FoundationEssentials
import Synchronization
import TileModel
import TileService

/// Saves the next who opens a document the archive: what goes into a warm message, and what comes out of one.
final class SharedOpening: Sendable {
    private let service: DocumentService
    private let peers: PeerBlocks
    /// Of this member's cluster port.
    private let address: String
    private let sent = Mutex<Set<Sent>>([])

    private struct Sent: Hashable {
        let document: PinnedDocument
        let owner: String
    }

    /// Documents up to this size travel in the message, in bytes: 5 ms of a line with 50 MB/s, and eight of ten documents. A
    /// message has room for 1 MiB, of which text takes a third more than bytes. Beyond it a request for the blocks costs less
    /// than sending them to an owner who may have them.
    static let mostContent = 256 << 10
    /// Messages of which it is remembered that they were sent.
    private static let mostSent = 4096

    init(_ service: DocumentService, _ peers: PeerBlocks, address: String) {
        self.service = service
        self.peers = peers
        self.address = address
    }

    /// Has `owner` open the document.
    func message(_ document: PinnedDocument, to owner: MemberState) async -> WarmMessage {
        peers.named(owner.clusterAddress, for: document.document)
        var message = WarmMessage(document: document.pathSegment)
        message.holder = address
        guard let (object, age) = await service.distantObject(document.document), object.version == document.version
        else { return message }
        message.object = KnownObject(object, age: age)
        if isFirst(Sent(document: document, owner: "\(owner.id) \(owner.incarnation)")) {
            let content = await service.blocks.whole(document, size: object.size, limit: Self.mostContent)
            message.content = content.map { Data($0) }
        }
        return message
    }

    /// An owner that had it once has it, or has let it go for others.
    private func isFirst(_ sending: Sent) -> Bool {
        sent.withLock { sent in
            if sent.count >= Self.mostSent { sent = [] }
            return sent.insert(sending).inserted
        }
    }

    /// To be called before the document is opened because of the message.
    func prepare(_ reference: DocumentReference, _ message: WarmMessage) async {
        if let holder = message.holder, holder != address { peers.named(holder, for: reference.document) }
        guard let (object, age) = message.object?.object(of: reference.document) else { return }
        service.adopt(object, age: age)
        guard let content = message.content else { return }
        let document = PinnedDocument(reference.document, object.version)
        // What is wrong with it is asked for again.
        try? await service.blocks.take(content, of: document, size: object.size)
    }

    /// To be called once it is open.
    func finish(_ reference: DocumentReference, _ message: WarmMessage) async {
        guard message.holderLeaves == true, let holder = message.holder, holder != address,
            let (object, _) = await service.distantObject(reference.document)
        else { return }
        let document = PinnedDocument(reference.document, object.version)
        await service.blocks.takeOver(document, size: object.size, from: peers.only(holder))
    }
}
