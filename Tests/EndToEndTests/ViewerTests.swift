// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// The viewer in a real browser.
@Suite(.serialized, .enabled(if: Browser.driver != nil, "chromedriver is missing: run scripts/bootstrap test"))
struct ViewerTests {
    private static let ready = "document.documentElement.dataset.state === 'ready'"

    private func sharp(_ page: Int) -> String {
        "document.querySelector('.page[data-page=\"\(page)\"]')?.dataset.sharp === 'true'"
    }

    /// Where the page lies in the window, in pixels.
    private func box(_ page: Int, _ browser: Browser) async throws -> (
        x: Double, y: Double, width: Double, height: Double
    ) {
        let numbers = try await browser.value(
            "(r => [r.x, r.y, r.width, r.height])(document.querySelector('.page[data-page=\"\(page)\"]').getBoundingClientRect())",
            as: [Double].self)
        let values = try #require(numbers)
        return (values[0], values[1], values[2], values[3])
    }

    @Test("a document is found in the list, opens, and what is on the screen is what the page says")
    func colours() async throws {
        let cluster = try RunningCluster(try Library(["squares.pdf"]))
        let browser = try await Browser(width: 1000, height: 1100)
        try await browser.open(cluster.url)
        let link = "document.querySelector('a[href$=\"/view/squares.pdf\"]')"
        try await browser.until("\(link) !== null")
        _ = try await browser.value("\(link).click()", as: Bool.self)
        try await browser.until("location.pathname === '/view/squares.pdf'")
        try await browser.until(Self.ready)
        let box = try await box(1, browser)
        let shot = try await browser.screenshot()
        var compared = 0
        for row in 0..<10 {
            for column in 0..<10 {
                let (x, y) = (
                    Int(box.x + box.width * (Double(column) + 0.5) / 10),
                    Int(box.y + box.height * (Double(row) + 0.5) / 10)
                )
                // The tool bar covers the top of the window.
                guard y > 80, y < shot.height - 2, x > 0, x < shot.width else { continue }
                let blue: UInt32 = (column + row).isMultiple(of: 2) ? 64 : 255
                let expected = UInt32(28 * column) << 16 | UInt32(28 * row) << 8 | blue
                #expect(isClose(shot.pixel(x, y), expected), "square \(column), \(row)")
                compared += 1
            }
        }
        #expect(compared >= 60)
        #expect(try await browser.complaints() == [])
        try await browser.close()
        cluster.stop()
    }

    private func isClose(_ left: UInt32, _ right: UInt32) -> Bool {
        [0, 8, 16].allSatisfy { abs(Int(left >> $0 & 0xFF) - Int(right >> $0 & 0xFF)) <= 3 }
    }

    @Test("a reader scrolls, jumps and zooms, and the address bar keeps the place")
    func reading() async throws {
        let cluster = try RunningCluster(try Library(["ten-pages.pdf"]))
        let browser = try await Browser(width: 1000, height: 900)
        try await browser.open(cluster.url + "/view/ten-pages.pdf")
        try await browser.until(Self.ready)
        try await browser.until(sharp(1))
        // The next page, by key.
        try await browser.type("\u{E00F}")
        try await browser.until("location.hash.includes('page=2')")
        try await browser.until(sharp(2))
        // Another page through the address.
        _ = try await browser.value("(location.hash = '#page=7')") as String?
        try await browser.until(sharp(7))
        let before = try await box(7, browser)
        try await browser.type("+")
        try await browser.until(
            "document.querySelector('.page[data-page=\"7\"]').getBoundingClientRect().width > \(before.width + 1)")
        try await browser.until(Self.ready)
        try await browser.until("/page=7&zoom=[0-9.]+/.test(location.hash)")
        // Only what is near the window is in the document.
        try await browser.until("document.querySelector('.page[data-page=\"1\"]') === null")
        #expect(try await browser.complaints() == [])

        // Whoever is sent the address sees the same place.
        let address = try #require(try await browser.value("location.href", as: String.self))
        let other = try await Browser(width: 1000, height: 900)
        try await other.open(address)
        try await other.until(sharp(7))
        #expect(try await other.value("location.href", as: String.self) == address)
        try await other.close()
        try await browser.close()
        cluster.stop()
    }

    @Test("a reader goes on reading while nodes are added and killed")
    func faults() async throws {
        let cluster = try RunningCluster(try Library(["ten-pages.pdf"]))
        let browser = try await Browser(width: 1000, height: 900)
        try await browser.open(cluster.url + "/view/ten-pages.pdf")
        try await browser.until(Self.ready)
        _ = try Programs.run(["scale", "3", "--admin", cluster.admin])
        for (page, node) in [(3, "node-1"), (5, "node-2"), (8, "node-3")] {
            try await cluster.until("\(node) is there") { $0.contains { $0.id == node && $0.isReachable } }
            kill(try #require(cluster.process(ofNode: node)), SIGKILL)
            _ = try await browser.value("(location.hash = '#page=\(page)')") as String?
            try await browser.until(sharp(page))
        }
        #expect(try await browser.complaints() == [])
        try await browser.close()
        cluster.stop(expecting: ["a node ended and is replaced"])
    }

    @Test("what cannot be shown is said in place of the page")
    func problems() async throws {
        let cluster = try RunningCluster(try Library(["truncated.pdf", "locked.pdf"]))
        let browser = try await Browser(width: 800, height: 600)
        for (name, text) in [
            ("truncated.pdf", "damaged"), ("locked.pdf", "password"), ("none.pdf", "no such document"),
        ] {
            try await browser.open("\(cluster.url)/view/\(name)")
            try await browser.until("document.documentElement.dataset.state === 'error'")
            try await browser.until("document.body.innerText.toLowerCase().includes('\(text)')")
        }
        try await browser.close()
        cluster.stop()
    }
}
