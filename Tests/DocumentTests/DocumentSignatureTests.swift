// SPDX-License-Identifier: Apache-2.0

import Document
import Testing
import TileModel

struct DocumentSignatureTests {
    private func kind(_ bytes: [UInt8]) -> String? { DocumentSignature.recognise(bytes)?.mediaType }
    private func kind(_ text: String) -> String? { kind(Array(text.utf8)) }

    @Test("every signature names one kind, and exact marks win over what could be text")
    func marks() {
        #expect(kind([0x49, 0x49, 0x2A, 0]) == "image/tiff" && kind([0x4D, 0x4D, 0, 0x2B, 0, 8]) == "image/tiff")
        #expect(kind([0xFF, 0xD8, 0xFF, 0xE0]) == "image/jpeg" && kind("GIF89a") == "image/gif")
        #expect(kind("RIFF0000WEBPVP8 ") == "image/webp" && kind("RIFF0000WAVE") == "text/plain")
        #expect(kind([0xFF, 0x4F, 0xFF, 0x51, 0]) == "image/j2c")
        #expect(kind("a shell script before it\n%PDF-1.7\n") == "application/pdf")
        let late = String(repeating: " ", count: 1020) + "%PDF-1.7"
        #expect(kind(Array(late.utf8.prefix(DocumentSignature.headLength))) == "text/plain")
        #expect(DocumentSignature.recognise(Array("%PDF-".utf8))?.kind == .pdf)
        #expect(kind([]) == nil && kind([0, 1, 2, 3]) == nil)
    }

    @Test("what is not SVG is not taken for it")
    func svg() {
        let svg = "image/svg+xml"
        #expect(kind("<svg/>") == svg)
        #expect(kind("\u{FEFF}  <?xml version='1.0'?>\n<!-- a --><svg:svg xmlns:svg='x'>") == svg)
        #expect(kind("<!DOCTYPE svg [ <!ENTITY a 'b'> ]><svg>") == svg)
        #expect(kind("<?xml version='1.0'?><!DOCTYPE svg PUBLIC '-//W3C//DTD SVG 1.1//EN' '") == svg)
        #expect(kind([0xFF, 0xFE] + "<svg>".utf16.flatMap { [UInt8($0), 0] }) == svg)
        // The engine looks what was compressed.
        #expect(kind([0x1F, 0x8B, 8, 0]) == svg)
        for other in ["<html><svg/></html>", "an <svg> in a text", "<?xml version='1.0'?><note>svg</note>"] {
            #expect(kind(other) == "text/plain")
        }
    }

    @Test("text is what has no NUL and almost no control characters")
    func text() {
        #expect(kind("a log\n") == "text/plain" && kind([0xE4]) == "text/plain")
        #expect(kind([0xFF, 0xFE, 0x41, 0x00]) == "text/plain" && kind([0xFF, 0xFE, 0x41, 0x00, 0, 0]) == nil)
        #expect(kind("a\0b") == nil && kind((0..<64).map { UInt8($0 % 8 + 1) }) == nil)
        #expect(kind([UInt8](repeating: 0x61, count: 1000) + [0x01]) == "text/plain")
    }
}
