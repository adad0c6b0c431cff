// SPDX-License-Identifier: Apache-2.0

import Testing
import TileModel

@testable import Cluster
@testable import ServiceRole

/// Who is asked for a document's blocks.
struct PeerBookTests {
    private let now = ContinuousClock.now
    private let document: DocumentID

    init() throws { document = try DocumentID("a b.pdf") }

    private func member(_ id: String, _ role: MemberRole = .node, hot: [String] = []) -> MemberState {
        MemberState(
            id: id, incarnation: 1, role: role, status: .ready, address: "\(id):1", clusterAddress: "\(id):2",
            capacity: 1, hot: hot)
    }

    @Test("those who were named come first, the last one named before the others")
    func named() {
        var book = PeerBook()
        book.named("x:2", for: document)
        book.named("y:2", for: document)
        book.named("x:2", for: document)
        let others = [member("portal-1", .portal), member("node-1", hot: [document.pathSegment])]
        #expect(book.candidates(for: document, among: others, now: now) == ["x:2", "y:2"])
    }

    @Test("next is who announces the document, then the portal that opens it")
    func announced() {
        let book = PeerBook()
        let others = [member("portal-1", .portal), member("node-1", hot: [document.pathSegment]), member("node-2")]
        #expect(book.candidates(for: document, among: others, now: now) == ["node-1:2", "portal-1:2"])
        #expect(book.candidates(for: document, among: [member("node-2")], now: now).isEmpty)
    }

    @Test("of several portals it is the one to which routers send the document")
    func portal() throws {
        let book = PeerBook()
        let portals = (1...5).map { member("portal-\($0)", .portal) }
        let chosen = try (0..<50).map { number in
            book.candidates(for: try DocumentID("\(number)"), among: portals, now: now)
        }
        #expect(chosen.allSatisfy { $0.count == 1 })
        #expect(Set(chosen.joined()).count == 5)
    }

    @Test("who failed is left alone for a second")
    func failed() {
        var book = PeerBook()
        book.named("x:2", for: document)
        book.failed("x:2", now: now)
        #expect(book.candidates(for: document, among: [], now: now).isEmpty)
        #expect(book.candidates(for: document, among: [], now: now + .milliseconds(999)).isEmpty)
        #expect(book.candidates(for: document, among: [], now: now + .seconds(1)) == ["x:2"])
    }

    @Test("names of documents are forgotten in bulk, the latest never")
    func bounded() throws {
        var book = PeerBook()
        for number in 0..<30_000 { book.named("x:2", for: try DocumentID("\(number)")) }
        #expect(book.candidates(for: try DocumentID("29999"), among: [], now: now) == ["x:2"])
        #expect(book.candidates(for: try DocumentID("28000"), among: [], now: now) == ["x:2"])
        #expect(book.candidates(for: try DocumentID("1"), among: [], now: now).isEmpty)
    }
}
