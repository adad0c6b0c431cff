// SPDX-License-Identifier: Apache-2.0

import Testing
import TileModel

@testable import Document

/// What counts as equal in a search, on plain text.
struct SearchTests {
    /// What of the text is found, as it stands there.
    private func found(_ query: String, in text: String) -> [String] {
        let folding = TextFolding()
        let scalars = text.unicodeScalars.map(\.value)
        return FoldedText(scalars, folding).matches(of: SearchQuery(query, folding: folding), atMost: 100).map {
            range in
            String(String.UnicodeScalarView(scalars[range].compactMap(Unicode.Scalar.init)))
        }
    }

    @Test(
        "case and accents make no difference, in either direction",
        arguments: [
            ("cafe", "Café"), ("CAFÉ", "cafe"), ("uber", "Über"), ("strasse", "Straße"), ("STRASSE", "straße"),
            ("lodz", "Łódź"), ("sorensen", "Sørensen"), ("ΟΔΟΣ", "οδός"), ("елка", "Ёлка"),
            ("viet nam", "Việt Nam"), ("istanbul", "İstanbul"), ("شده", "شِدّه"), ("שלום", "שָׁלוֹם"),
        ])
    func accents(query: String, text: String) {
        #expect(found(query, in: "… \(text) …").count == 1)
        #expect(found(text, in: "… \(query) …").count == 1)
    }

    @Test("composed and decomposed letters are the same")
    func composition() {
        #expect(found("e\u{301}te\u{301}", in: "l’été") == ["été"])
        #expect(found("été", in: "l’e\u{301}te\u{301}").count == 1)
        #expect(found("й", in: "и\u{306}").count == 1)
    }

    @Test("ligatures, wide letters, digits of other scripts, quotes and dashes are found by what is on the keyboard")
    func forms() {
        #expect(found("efficient", in: "very eﬃcient") == ["eﬃcient"])
        #expect(found("fi", in: "ﬁ") == ["ﬁ"])
        #expect(found("recto 3", in: "Ｒｅｃｔｏ　３") == ["Ｒｅｃｔｏ　３"])
        #expect(found("12", in: "١٢") == ["١٢"])
        #expect(found("don't \"say\"", in: "don’t “say”").count == 1)
        #expect(found("1999-2024", in: "1999–2024").count == 1)
        #expect(found("soft", in: "so\u{AD}ft").count == 1)
    }

    @Test("white space of any kind and length is one space, and a line's end is white space")
    func space() {
        #expect(found("one two", in: "one \u{A0}\t two").count == 1)
        #expect(found(" one   two ", in: "one\r\ntwo") == ["one\r\ntwo"])
        #expect(found("onetwo", in: "one two").isEmpty)
    }

    @Test(
        "a word divided at a line's end is found with its hyphen and without",
        arguments: ["-\r\n", "\u{AD}\n", "\u{2}", "\u{FFFE}", "- \n"])
    func hyphenation(mark: String) {
        let text = "a well\(mark)known thing"
        #expect(found("wellknown", in: text).count == 1)
        #expect(found("well-known", in: text).count == 1)
        #expect(found("well known", in: text).isEmpty)
        #expect(found("known", in: text) == ["known"])
    }

    @Test("scripts that write no spaces go on in the next line")
    func ideographs() {
        #expect(found("日本語", in: "日本\r\n語で").count == 1)
        #expect(found("日本 語", in: "日本\r\n語で").count == 1)
        #expect(found("日本語", in: "日本 語で").isEmpty)
        // The voicing of kana is no accent.
        #expect(found("か", in: "が").isEmpty)
    }

    @Test("hits do not overlap, come in order and are bounded")
    func order() {
        #expect(found("aa", in: "aaaaa") == ["aa", "aa"])
        #expect(found("a", in: String(repeating: "a ", count: 500)).count == 100)
    }

    @Test("a query of nothing that counts finds nothing", arguments: ["", "   ", "\u{301}", "\u{200B}\u{AD}"])
    func empty(query: String) {
        #expect(found(query, in: "anything at all").isEmpty)
    }

    @Test("any scalars at all are folded without a trap")
    func hostile() {
        let folding = TextFolding()
        let scalars = (0...0x11_FFFF as ClosedRange<UInt32>).map { $0 &* 7919 % 0x12_0000 } + [.max]
        let folded = FoldedText(scalars, folding)
        #expect(folded.units.count == folded.origins.count)
        #expect(folded.origins == folded.origins.sorted())
    }

    // MARK: Documents that only know their words

    private final class Words: OpenDocument {
        let pages: [[PageWord]]
        init(_ pages: [[PageWord]]) { self.pages = pages }

        var summary: DocumentSummary { DocumentSummary(format: "text/plain", pages: pages.count, title: nil) }
        func pages(from first: Int, count: Int) throws -> [PageSummary] { [] }
        func page(_ page: Int) throws -> PageSummary { throw DocumentError.noSuchPage(pages: pages.count) }
        func outline() throws -> [OutlineItem] { [] }
        func text(of page: Int) throws -> PageText { PageText(words: pages[page - 1]) }
        func draw(
            page: Int, placement: TilePlacement, pageSize: PixelSize, on canvas: Canvas,
            isCancelled: @escaping () -> Bool
        ) throws {}
        var oldestPageUse: UInt64? { nil }
        func releaseOldestPage() {}
    }

    private func word(_ text: String, _ x: Double, _ y: Double, _ ending: PageWord.Ending = .space) -> PageWord {
        PageWord(
            text: text, box: PageBox(x: x, y: y, width: 10 * Double(text.unicodeScalars.count), height: 12),
            ending: ending)
    }

    @Test("a hit has a box a line, with its share of the words it begins and ends in")
    func boxes() throws {
        let document = Words([
            [
                word("the", 0, 0), word("quick", 40, 0, .line), word("brown", 0, 20), word("fox-", 60, 20, .hyphen),
                word("es", 0, 40),
            ]
        ])
        let part = try DocumentSearch().part(of: document, for: "ick brown foxes", from: 1) { _ in false }
        let hit = try #require(part.hits.first)
        #expect(part.next == nil && part.hits.count == 1 && hit.page == 1)
        #expect(
            hit.boxes == [
                PageBox(x: 60, y: 0, width: 30, height: 12), PageBox(x: 0, y: 20, width: 100, height: 12),
                PageBox(x: 0, y: 40, width: 20, height: 12),
            ])
        #expect(hit.before == "the qu" && hit.after == " ")
    }

    @Test("a search stops when its lease is over and goes on where it stopped")
    func leases() throws {
        let document = Words((1...9).map { [word($0.isMultiple(of: 3) ? "fizz" : "\($0)", 0, 0)] })
        let search = DocumentSearch()
        var pages: [Int] = []
        var leases = 0
        var next: Int? = 1
        while let from = next {
            var looks = 0
            let part = try search.part(of: document, for: "FIZZ", from: from) { hasHits in
                looks += 1
                return hasHits || looks == 2
            }
            pages += part.hits.map(\.page)
            next = part.next
            leases += 1
        }
        #expect(pages == [3, 6, 9] && leases == 6)
        #expect(try search.part(of: document, for: "fizz", from: 10) { _ in false } == SearchPart(hits: [], next: nil))
    }
}
