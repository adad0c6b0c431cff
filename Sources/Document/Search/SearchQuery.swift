// SPDX-License-Identifier: Apache-2.0

package import TileModel

/// What is searched for, prepared once for any number of pages.
package struct SearchQuery {
    let units: [UInt32]
    let folding: TextFolding

    init(_ text: String, folding: TextFolding) {
        units = FoldedText(text.unicodeScalars.map(\.value), folding).units
        self.folding = folding
    }

    /// Hits in a text of scalars, in order.
    /// - Parameter boxes: gives the boxes, one a line, of a range of the scalars.
    package func hits(in scalars: [UInt32], on page: Int, boxes: (Range<Int>) -> [PageBox]) -> [SearchHit] {
        let ranges = FoldedText(scalars, folding).matches(of: self, atMost: Self.mostHits)
        return ranges.map { range in
            let before = max(0, range.lowerBound - Self.context)..<range.lowerBound
            let after = range.upperBound..<min(scalars.count, range.upperBound + Self.context)
            return SearchHit(
                page: page, boxes: boxes(range), before: Self.readable(scalars[before]),
                match: Self.readable(scalars[range]), after: Self.readable(scalars[after]))
        }
    }

    /// More on one page nobody looks at; it bounds what a hostile page makes us send.
    static let mostHits = 2_000
    /// Characters of context on each side.
    private static let context = 40

    /// The text as one line: white space drawn together, words put together that a line's end divides.
    private static func readable(_ scalars: ArraySlice<UInt32>) -> String {
        var text = String.UnicodeScalarView()
        for value in scalars where !FoldedText.isHyphenMark(value) {
            if FoldedText.isSpace(value) {
                if text.last != " " { text.append(" ") }
            } else if let scalar = Unicode.Scalar(value), scalar.properties.generalCategory != .control {
                text.append(scalar)
            }
        }
        return String(text)
    }
}

extension OpenDocument {
    /// Searches the words of the page. Part of a word takes its share of the word's width.
    package func hits(of query: SearchQuery, on page: Int) throws -> [SearchHit] {
        let words = try text(of: page).words
        var scalars: [UInt32] = []
        // Where each word begins in the scalars.
        var starts: [Int] = []
        for word in words {
            starts.append(scalars.count)
            scalars += word.text.unicodeScalars.map(\.value)
            if word.ending != .wrap { scalars.append(word.ending == .space ? 0x20 : 0x0A) }
        }
        return query.hits(in: scalars, on: page) { range in
            var boxes: [PageBox] = []
            var startsLine = true
            var index = (starts.partitioningIndex { $0 > range.lowerBound }) - 1
            while index >= 0, index < words.count, starts[index] < range.upperBound {
                let word = words[index]
                let length = word.text.unicodeScalars.count
                let part = range.clamped(to: starts[index]..<starts[index] + length)
                if !part.isEmpty {
                    let share = word.box.width / Double(length)
                    var box = word.box
                    box.x += share * Double(part.lowerBound - starts[index])
                    box.width = share * Double(part.count)
                    if startsLine { boxes.append(box) } else { boxes[boxes.count - 1] = boxes.last!.union(box) }
                    startsLine = false
                }
                if word.ending != .space { startsLine = true }
                index += 1
            }
            return boxes
        }
    }
}

extension [Int] {
    /// The first index of a sorted array for which the predicate is true.
    fileprivate func partitioningIndex(_ predicate: (Int) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if predicate(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
