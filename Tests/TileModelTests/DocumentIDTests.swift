// SPDX-License-Identifier: Apache-2.0

import Testing
import TileModel

struct DocumentIDTests {
    @Test(
        "a name that could leave the archive is refused",
        arguments: [
            "..", "../x", "x/..", "x/../y", "%2e%2e", "%2E%2E%2Fx", "x%2f..%2fy", "", "/", "/x", "x/", "x//y", ".",
            "x/./y",
            "a%00b", "a%0Ab", "a%7Fb",
        ])
    func refused(segment: String) {
        #expect(throws: DocumentID.Invalid.self) { try DocumentID(pathSegment: segment.utf8) }
    }

    @Test(
        "dots that mean no other folder are part of a name",
        arguments: ["...", ".../x", "x/...", ".x", "x.", "x/.x", "..x/y", "x../y.", "a.b/c..d"])
    func dots(name: String) throws {
        #expect(try DocumentID(name).displayName == name)
    }

    @Test("a percent sign without two digits is refused", arguments: ["%", "a%4", "a%zz", "%%41"])
    func malformedPercent(segment: String) {
        #expect(throws: DocumentID.Invalid.percentEncoding) { try DocumentID(pathSegment: segment.utf8) }
    }

    @Test("a name is decoded exactly once")
    func decodedOnce() throws {
        #expect(try DocumentID(pathSegment: "a%252e%252e".utf8).displayName == "a%2e%2e")
    }

    @Test("the encoded and the raw spelling of a name are one document")
    func spellings() throws {
        let plain = try DocumentID(pathSegment: "reports%2F2024%2Fannual.pdf".utf8)
        let escaped = try DocumentID(pathSegment: "%72eports%2f2024%2Fannual%2Epdf".utf8)
        #expect(plain == escaped)
        #expect(plain.hashValue == escaped.hashValue)
        #expect(plain.pathSegment == "reports%2F2024%2Fannual.pdf")
    }

    @Test("names in NFC and NFD are two documents")
    func normalisation() throws {
        let composed = try DocumentID(bytes: [0xC3, 0xA9])
        let decomposed = try DocumentID(bytes: [0x65, 0xCC, 0x81])
        #expect(composed.displayName == decomposed.displayName)
        #expect(composed != decomposed)
        #expect(Set([composed, decomposed]).count == 2)
    }

    @Test("a name that is not UTF-8 survives the way through a URL")
    func notText() throws {
        let name = try DocumentID(bytes: [0xFF, 0xFE, 0x2F, 0x80])
        #expect(name.pathSegment == "%FF%FE%2F%80")
        #expect(try DocumentID(pathSegment: name.pathSegment.utf8) == name)
    }

    @Test("every byte that a name may have round-trips")
    func everyByte() throws {
        for byte in UInt8(0x20)...0xFF where byte != 0x7F && byte != UInt8(ascii: "/") && byte != UInt8(ascii: ".") {
            let name = try DocumentID(bytes: [byte])
            #expect(try DocumentID(pathSegment: name.pathSegment.utf8) == name)
        }
    }

    @Test("a raw at sign separates a version, an encoded one belongs to the name")
    func version() throws {
        let pinned = try DocumentReference(pathSegment: "a%40b.pdf@1f".utf8)
        #expect(pinned.document.displayName == "a@b.pdf")
        #expect(pinned.version?.value == "1f")
        #expect(pinned.pathSegment == "a%40b.pdf@1f")
        #expect(throws: DocumentID.Invalid.version) { try DocumentReference(pathSegment: "a@b@c".utf8) }
        #expect(throws: DocumentID.Invalid.version) { try DocumentReference(pathSegment: "a@".utf8) }
    }

    @Test("a name longer than a path may be is refused")
    func length() {
        #expect(throws: DocumentID.Invalid.tooLong) {
            try DocumentID(bytes: [UInt8](repeating: 0x61, count: DocumentID.longest + 1))
        }
    }
}
