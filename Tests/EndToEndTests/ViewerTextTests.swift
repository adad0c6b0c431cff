// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// Finding, selecting and following in a real browser.
@Suite(.serialized, .enabled(if: Browser.driver != nil, "chromedriver is missing: run scripts/bootstrap test"))
struct ViewerTextTests {
    @Test("a reader finds words, sees them marked where they stand, and walks from hit to hit")
    func find() async throws {
        let cluster = try RunningCluster(try Library(["ten-pages.pdf"]))
        let browser = try await Browser(width: 1000, height: 900)
        try await browser.open(cluster.url + "/view/ten-pages.pdf")
        try await browser.until("document.documentElement.dataset.state === 'ready'")
        try await browser.type("/")
        try await browser.until("document.activeElement.dataset.part === 'query'")
        try await browser.type("LABEL")
        let status = "document.querySelector('[data-part=hits]').textContent"
        try await browser.until("\(status) === '1 of 10'")
        try await browser.until("document.querySelector('.page[data-page=\"1\"] .marks .current') !== null")
        // The mark lies over the word of the text layer.
        try await browser.until("document.querySelector('.page[data-page=\"1\"] .text span') !== null")
        let distance = try await browser.value(
            """
            (() => {
              const page = document.querySelector('.page[data-page="1"]');
              const word = [...page.querySelectorAll('.text span')].find((span) => span.textContent.startsWith('label'));
              const [one, other] = [word, page.querySelector('.marks .current')].map((node) => node.getBoundingClientRect());
              return Math.abs(one.left - other.left) + Math.abs(one.top - other.top) + Math.abs(one.height - other.height);
            })()
            """, as: Double.self)
        #expect(try #require(distance) < 3)
        // Enter walks on, Shift+Enter back and round the end.
        try await browser.type("\u{E007}\u{E007}\u{E007}")
        try await browser.until("\(status) === '4 of 10'")
        try await browser.until("location.hash.includes('page=4')")
        try await browser.until("document.querySelector('.page[data-page=\"4\"] .marks .current') !== null")
        try await browser.type("\u{E00C}")
        try await browser.until("document.getElementById('search').hidden")
        try await browser.until("document.querySelector('.page[data-page=\"4\"] .marks span') === null")
        #expect(try await browser.complaints() == [])
        try await browser.close()
        cluster.stop()
    }

    @Test("text can be selected and copied, and links lead where they should and nowhere else")
    func selectAndFollow() async throws {
        let cluster = try RunningCluster(try Library(["links.pdf", "letter.pdf"]))
        let browser = try await Browser(width: 1000, height: 900)
        try await browser.open(cluster.url + "/view/letter.pdf")
        try await browser.until("document.querySelector('.text span') !== null")
        let text = try await browser.value(
            "(getSelection().selectAllChildren(document.querySelector('.page .text')), getSelection().toString())",
            as: String.self)
        #expect(try #require(text).contains("Recto\nDear reader,\nthis letter has one page"))

        try await browser.open(cluster.url + "/view/links.pdf")
        try await browser.until("document.querySelectorAll('.links a').length === 6")
        let links = try await browser.value(
            "[...document.querySelectorAll('.links a')].map((a) => [a.getAttribute('href'), a.target, a.rel, a.ariaLabel].join(' '))",
            as: [String].self)
        #expect(
            links?.first
                == "https://example.org/recto?a=b&c=d _blank noopener noreferrer https://example.org/recto?a=b&c=d")
        #expect(links?[2] == "#page=3   Go to page 3")
        _ = try await browser.value("document.querySelectorAll('.links a')[2].click()") as String?
        try await browser.until("location.hash.includes('page=3')")
        #expect(try await browser.complaints() == [])
        try await browser.close()
        cluster.stop()
    }
}
