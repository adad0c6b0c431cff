// SPDX-License-Identifier: Apache-2.0

import Document
import Foundation
import Testing
import TileModel

@testable import DrawingEngine

/// The rule by which a text is cut into pages.
struct TextPageTests {
    private func document(_ bytes: [UInt8]) throws -> TextDocument { try TextDocument(BytesSource(bytes)) }

    private func document(_ text: String) throws -> TextDocument { try document(Array(text.utf8)) }

    /// The rows of all pages, as text.
    private func pages(_ bytes: [UInt8]) throws -> [[String]] {
        let document = try document(bytes)
        let count = try document.pages(from: 1, count: .max).count
        return try (1...count).map { page in
            try document.rows(of: page).map { String(decoding: $0.text, as: UTF8.self) }
        }
    }

    private func pages(_ text: String) throws -> [[String]] { try pages(Array(text.utf8)) }

    // MARK: Lines

    @Test("LF, CR and CRLF end a line, and the last end adds none")
    func lineEnds() throws {
        #expect(try pages("a\nb\rc\r\nd\n\ne\n") == [["a", "b", "c", "d", "", "e"]])
        #expect(try pages("a\r\n\r\nb") == [["a", "", "b"]])
        #expect(try pages("\n") == [[""]])
    }

    @Test("a page has 60 rows", arguments: ["\n", "\r", "\r\n"])
    func rows(end: String) throws {
        let text = (1...125).map { "\($0)" }.joined(separator: end)
        let pages = try pages(text + end)
        #expect(pages.map(\.count) == [60, 60, 5])
        #expect(pages[1].first == "61" && pages[2].last == "125")
        #expect(try self.pages(String(repeating: end, count: 60)).count == 1)
        #expect(try self.pages(String(repeating: end, count: 61)).count == 2)
    }

    @Test("a form feed begins a new page, but no empty one after a full one")
    func formFeeds() throws {
        #expect(try pages("a\u{C}b") == [["a"], ["b"]])
        #expect(try pages("a\n\u{C}b") == [["a", ""], ["b"]])
        #expect(try pages("a\u{C}\u{C}b") == [["a"], [""], ["b"]])
        #expect(try pages("a\u{C}") == [["a"]])
        let full = String(repeating: "x\n", count: 60)
        #expect(try pages(full + "\u{C}b").map(\.count) == [60, 1])
    }

    @Test("a line of 80 columns fits, and what comes after goes on in the next row")
    func wrapping() throws {
        let line = String(repeating: "x", count: 80)
        #expect(try pages("\(line)\ny") == [[line, "y"]])
        #expect(try pages("\(line)\r\ny") == [[line, "y"]])
        #expect(try pages("\(line)yz\nw") == [[line, "yz", "w"]])
        #expect(try pages(String(repeating: "x", count: 160)) == [[line, line]])
        // The same where the row is not only ASCII, and so is not scanned the quick way.
        let other = "\u{e4}" + String(repeating: "x", count: 79)
        #expect(try pages("\(other)\ny") == [[other, "y"]])
        #expect(try pages("\(other)yz") == [[other, "yz"]])
    }

    @Test("a tab leads to the next multiple of eight columns")
    func tabs() throws {
        #expect(try pages("a\tb\t\tc") == [["a       b               c"]])
        #expect(
            try pages(String(repeating: "x", count: 79) + "\ty")[0] == [String(repeating: "x", count: 79) + " ", "y"])
        #expect(try pages(String(repeating: "\t", count: 11))[0].map(\.count) == [80, 8])
    }

    @Test("a wide character takes two columns and is not cut in half, a combining one none")
    func widths() throws {
        let wide = String(repeating: "\u{65e5}", count: 40)
        #expect(try pages(wide + "\u{672c}") == [[wide, "\u{672c}"]])
        #expect(try pages("x" + wide)[0].map(\.count) == [40, 1])
        #expect(try pages(String(repeating: "\u{1f600}", count: 41))[0].map { $0.unicodeScalars.count } == [40, 1])
        let accented = String(repeating: "e\u{301}", count: 80)
        #expect(try pages(accented + "f") == [[accented, "f"]])
    }

    @Test("what piles up on one column is bounded")
    func marks() throws {
        let pile = "a" + String(repeating: "\u{301}", count: 1000)
        let rows = try pages(pile)[0]
        #expect(rows.map { $0.unicodeScalars.count } == [320, 320, 320, 41])
    }

    // MARK: Encodings

    @Test("UTF-8 and UTF-16 with a byte order mark and Windows-1252 give the same rows")
    func encodings() throws {
        let text = "Gr\u{f6}\u{df}e \u{20ac}\r\nna\u{ef}ve\tcaf\u{e9}\u{c}\u{201e}x\u{201c}"
        let expected = try pages(text)
        #expect(expected.count == 2)
        let units = Array(text.utf16)
        #expect(try pages([0xEF, 0xBB, 0xBF] + Array(text.utf8)) == expected)
        #expect(try pages([0xFF, 0xFE] + units.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }) == expected)
        #expect(try pages([0xFE, 0xFF] + units.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }) == expected)
        let western: [Character: UInt8] = [
            "\u{20ac}": 0x80, "\u{201e}": 0x84, "\u{201c}": 0x93, "\u{f6}": 0xF6, "\u{df}": 0xDF, "\u{ef}": 0xEF,
            "\u{e9}": 0xE9,
        ]
        let bytes = text.flatMap { character -> [UInt8] in western[character].map { [$0] } ?? Array(character.utf8) }
        #expect(try pages(bytes) == expected)
    }

    @Test("characters beyond the first plane survive UTF-16, lone halves do not")
    func surrogates() throws {
        #expect(try pages([0xFF, 0xFE, 0x3D, 0xD8, 0x00, 0xDE, 0x41, 0x00]) == [["\u{1f600}A"]])
        #expect(try pages([0xFE, 0xFF, 0xD8, 0x3D, 0x00, 0x41, 0xDE, 0x00, 0x42]) == [["\u{FFFD}A\u{FFFD}\u{FFFD}"]])
    }

    @Test("what is invalid after a head of valid UTF-8 is U+FFFD, one a byte")
    func invalid() throws {
        let head = Array(String(repeating: "\u{e4}bcdefg\n", count: 8192).utf8)
        let bytes = head + [0x61, 0xFF, 0xC3, 0x62, 0xE2, 0x82, 0x0A, 0xED, 0xA0, 0x80, 0xF4, 0x90, 0x80, 0x80]
        let last = try #require(try pages(bytes).last).suffix(2)
        #expect(Array(last) == ["a\u{FFFD}\u{FFFD}b\u{FFFD}\u{FFFD}", String(repeating: "\u{FFFD}", count: 7)])
    }

    @Test("a character cut off by the end of the head says nothing against UTF-8")
    func headEnd() throws {
        for shift in 0..<4 {
            let text = String(repeating: "x", count: shift) + String(repeating: "\u{1f600}\n", count: 20_000)
            #expect(try pages(text)[0][1] == "\u{1f600}")
        }
    }

    @Test("NUL and other control characters are shown as U+FFFD")
    func controls() throws {
        #expect(try pages("a\0b\u{1b}[0m\u{7f}") == [["a\u{FFFD}b\u{FFFD}[0m\u{FFFD}"]])
        #expect(try pages("a\u{2028}b\u{85}") == [["a\u{FFFD}b\u{FFFD}"]])
    }

    @Test("an empty document is damaged", arguments: [[], [0xFF, 0xFE], [0xEF, 0xBB, 0xBF]] as [[UInt8]])
    func empty(bytes: [UInt8]) {
        #expect(throws: DocumentError.self) { try document(bytes) }
    }

    // MARK: The index

    /// Lines of all lengths, ends, encodings and characters, as the generator has it.
    private func mixture(_ seed: UInt64, lines: Int) -> [UInt8] {
        var state = seed
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        var bytes: [UInt8] = []
        for _ in 0..<lines {
            for _ in 0..<next(8) * next(40) {
                switch next(60) {
                case 0: bytes += Array("\u{65e5}".utf8)
                case 1: bytes += Array("\u{301}".utf8)
                case 2: bytes.append(9)
                case 3: bytes.append(UInt8(next(256)))
                default: bytes.append(UInt8(0x20 + next(95)))
                }
            }
            bytes += [[10], [13], [13, 10], [12], [10, 12]][next(5)]
        }
        return bytes
    }

    @Test("the quick scan and the layout agree on every page", arguments: 1...4)
    func agreement(seed: Int) throws {
        let bytes = mixture(UInt64(seed), lines: 1500)
        let document = try document(bytes)
        for page in 1...(try document.pages(from: 1, count: .max).count) {
            let range = try document.range(of: page)
            // Laid out from its first byte on, with everything after it, the page has the rows that it has alone.
            let alone = try document.rows(of: page)
            let rule = TextPageRule(encoding: TextEncoding(head: bytes, isWhole: true))
            let among = bytes[range.lowerBound...].withUnsafeBytes { rule.layOut($0) }
            #expect(alone.count <= TextPageRule.rows && !alone.isEmpty)
            let isCutByFormFeed = bytes[range.upperBound - 1] == 12
            #expect(isCutByFormFeed || alone.map(\.text) == among.map(\.text))
        }
    }

    @Test("an index made in pieces, backwards or with few marks is the one made at once")
    func pieces() throws {
        let bytes = mixture(99, lines: 4_000)
        let rule = TextPageRule(
            encoding: TextEncoding(head: Array(bytes.prefix(TextEncoding.headLength)), isWhole: false))
        var atOnce = TextPageIndex(BytesSource(bytes), rule: rule, start: 0)
        try atOnce.extend(to: .max)
        let ranges = try (1...atOnce.pages).map { try atOnce.range(of: $0) }
        #expect(ranges.first?.lowerBound == 0 && ranges.last?.upperBound == bytes.count && ranges.count > 200)
        #expect(zip(ranges, ranges.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound && !$0.isEmpty })
        var inPieces = TextPageIndex(BytesSource(bytes), rule: rule, start: 0)
        var steps = 0
        while !inPieces.isComplete {
            try inPieces.extend(to: .max, atMost: 1000)
            steps += 1
        }
        #expect(steps > 50)
        var sparse = TextPageIndex(BytesSource(bytes), rule: rule, start: 0, mostMarks: 16)
        try sparse.extend(to: .max)
        for page in (1...atOnce.pages).reversed() {
            #expect(try inPieces.range(of: page) == ranges[page - 1])
            #expect(try sparse.range(of: page) == ranges[page - 1])
        }
    }

    @Test("a page that is in the index reads its own bytes and no others")
    func reads() throws {
        let source = BytesSource(Array(String(repeating: String(repeating: "x", count: 99) + "\n", count: 40_000).utf8))
        let document = try TextDocument(source)
        #expect(source.reads.bytes == TextEncoding.headLength)
        #expect(document.summary.pages == nil)
        _ = try document.pages(from: 1, count: 1)
        #expect(source.reads.bytes < 1 << 20)
        _ = try document.page(1000)
        let before = source.reads.bytes
        #expect(try document.rows(of: 1000).count == 60)
        #expect(source.reads.bytes - before == 30 * 100)
    }

    @Test("pages come in parts, and past the end there is none")
    func parts() throws {
        let document = try document(String(repeating: "x\n", count: 600))
        #expect(try document.pages(from: 1, count: 4).map(\.page) == [1, 2, 3, 4])
        #expect(document.summary.pages == nil)
        #expect(try document.pages(from: 9, count: 64).map(\.page) == [9, 10])
        #expect(document.summary.pages == 10)
        #expect(try document.pages(from: 11, count: 64).isEmpty)
        for page in [0, -1, 11, Int.max] {
            #expect(throws: DocumentError.noSuchPage(pages: 10)) { try document.page(page) }
        }
    }

    @Test("a file whose reads fail is damaged, and is read again the next time")
    func failing() throws {
        let source = FailingSource(Array(String(repeating: "x\n", count: 1_000_000).utf8))
        let document = try TextDocument(source)
        source.fails = true
        #expect(throws: DocumentError.damaged("the file cannot be read")) { try document.page(10_000) }
        source.fails = false
        #expect(try document.page(10_000).page == 10_000)
    }

    @Test("the index of a file of nothing but page ends stays small")
    func bounded() throws {
        let bytes = [UInt8](repeating: 12, count: 3 << 20)
        var index = TextPageIndex(BytesSource(bytes), rule: TextPageRule(encoding: .utf8), start: 0)
        try index.extend(to: .max)
        #expect(index.pages == 3 << 20 && index.marksHeld <= TextPageIndex.mostMarks)
        for page in [1, 2, 999_999, 3 << 20] { #expect(try index.range(of: page) == page - 1..<page) }
    }

    // MARK: Words

    @Test("words have the boxes of their cells, in reading order")
    func words() throws {
        let words = try document("one  two\n\u{65e5}\u{672c} \u{e9}\ttab").text(of: 1).words
        #expect(words.map(\.text) == ["one", "two", "\u{65e5}\u{672c}", "\u{e9}", "tab"])
        #expect(words[1] == PageWord(
                    text: "two", box: PageBox(x: 57 + 5 * 6, y: 61, width: 18, height: 12), ending: .line))
        #expect(words[2] == PageWord(
                    text: "\u{65e5}\u{672c}", box: PageBox(x: 57, y: 73, width: 24, height: 12)))
        #expect(words[4].box.x == 57 + 8 * 6)
    }

    @Test("a word that fills a row and goes on in the next is found as one")
    func wrapped() throws {
        let document = try document(String(repeating: "x", count: 76) + " exception here\nand there")
        let words = try document.text(of: 1).words
        #expect(words.map(\.text) == [String(repeating: "x", count: 76), "exc", "eption", "here", "and", "there"])
        #expect(words.map(\.ending) == [.space, .wrap, .space, .line, .space, .line])
        let hits = try DocumentSearch().part(of: document, for: "Exception HERE and", from: 1) { _ in false }.hits
        #expect(hits.count == 1 && hits.first?.boxes.count == 3 && hits.first?.match == "exception here and")
    }

    @Test("words from right to left end at the right margin, the first of them rightmost")
    func rightToLeft() throws {
        let words = try document("\u{645}\u{631}\u{62d}\u{628}\u{627} \u{628}\u{643}").text(of: 1).words
        #expect(words.map(\.text) == ["\u{645}\u{631}\u{62d}\u{628}\u{627}", "\u{628}\u{643}"])
        #expect(abs(words[0].box.x + words[0].box.width - 537) < 1)
        #expect(words[1].box.x + words[1].box.width <= words[0].box.x && words[1].box.width > 0)
    }
}

private final class FailingSource: DocumentSource {
    private let source: BytesSource
    var fails = false

    init(_ bytes: [UInt8]) { source = BytesSource(bytes) }

    var size: Int { source.size }
    var isUnchanged: Bool { true }
    var reads: ReadCount { source.reads }

    func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) -> Bool {
        !fails && source.read(at: offset, into: buffer)
    }
}
