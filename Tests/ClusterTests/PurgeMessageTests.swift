// SPDX-License-Identifier: Apache-2.0

import Cluster
import Testing
import TileModel

struct PurgeMessageTests {
    @Test("names that are no text travel as bytes")
    func bytes() throws {
        let document = try DocumentID(bytes: [0x61, 0xFF, 0x25])
        for selection in [DocumentSelection.document(document), .prefix([0xFF]), .all] {
            let message = PurgeMessage(selection, event: "e")
            let read = try ClusterCoding.decode(PurgeMessage.self, from: ClusterCoding.encode(message))
            #expect(try read == message && read.selection() == selection)
        }
    }

    @Test("a selection is by bytes, and an empty prefix is everything")
    func selection() throws {
        let document = try DocumentID("scans/1.pdf")
        #expect(DocumentSelection.prefix(Array("scans/".utf8)).contains(document))
        #expect(!DocumentSelection.prefix(Array("scan/".utf8)).contains(document))
        #expect(DocumentSelection.all.contains(document))
        #expect(!DocumentSelection.document(try DocumentID("scans/1.pd")).contains(document))
    }

    @Test("the event has its bounds")
    func events() throws {
        var message = PurgeMessage(.all, event: String(repeating: "e", count: 256))
        #expect(try message.selection() == .all)
        message.event?.append("e")
        #expect(throws: PurgeMessage.Malformed.self) { try message.selection() }
    }
}
