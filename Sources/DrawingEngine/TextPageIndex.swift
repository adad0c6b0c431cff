// SPDX-License-Identifier: Apache-2.0

import Document

/// At which byte each page of a text begins, found as far as somebody asked.
///
/// Holds at most `mostMarks` offsets of 8 bytes: beyond that it keeps every second, every fourth, … page, and what lies
/// between is scanned again. A page is reached from its mark by scanning at most as many pages as lie between two marks.
struct TextPageIndex {
    /// 2 MB; a log of 1.5 GB still has a mark for each page.
    static let mostMarks = 1 << 18

    private let source: any DocumentSource
    private let rule: TextPageRule
    private let mostMarks: Int
    /// `marks[i]` is where page `1 + i × spacing` begins.
    private var marks: [Int]
    private var spacing = 1
    /// The first page that is not in the index yet, and where it begins; the end of the document where there is none.
    private(set) var next: (page: Int, offset: Int)
    private var window: Window

    init(_ source: any DocumentSource, rule: TextPageRule, start: Int, mostMarks: Int = mostMarks) {
        self.source = source
        self.rule = rule
        self.mostMarks = mostMarks
        marks = []
        next = (1, start)
        window = Window(source)
    }

    /// Whether the last page is known, and with it how many there are.
    var isComplete: Bool { next.offset >= source.size }

    var marksHeld: Int { marks.count }

    /// Of those found so far.
    var pages: Int { next.page - 1 }

    /// Scans on until `page` is known, the document ends or about `bytes` were read. What was found stays, also when a read
    /// fails.
    /// - Throws: `damaged` where the source cannot be read.
    mutating func extend(to page: Int, atMost bytes: Int = .max) throws(DocumentError) {
        let limit = bytes == .max ? Int.max : next.offset + bytes
        while next.page <= page, !isComplete, next.offset < limit {
            let end = try window.pageEnd(from: next.offset, rule)
            if (next.page - 1) % spacing == 0 { mark(next.offset) }
            next = (next.page + 1, end)
        }
        if isComplete { window.release() }
    }

    private mutating func mark(_ offset: Int) {
        if marks.count == mostMarks {
            marks = stride(from: 0, to: marks.count, by: 2).map { marks[$0] }
            spacing *= 2
            guard (next.page - 1) % spacing == 0 else { return }
        }
        marks.append(offset)
    }

    /// The bytes of a page that is known.
    mutating func range(of page: Int) throws(DocumentError) -> Range<Int> {
        let mark = (page - 1) / spacing
        var start = marks[mark]
        for _ in 0..<(page - 1) % spacing { start = try window.pageEnd(from: start, rule) }
        return start..<(try end(of: page, from: start))
    }

    private mutating func end(of page: Int, from start: Int) throws(DocumentError) -> Int {
        if page == pages { return next.offset }
        if spacing == 1 { return marks[page] }
        return try window.pageEnd(from: start, rule)
    }

    /// A part of the document in memory, at least as much of it as a page can have.
    private struct Window {
        /// Large enough that a read costs little beside the scan, small enough for what a remote source fetches at a time.
        private static let size = 512 << 10

        private let source: any DocumentSource
        private var offset = 0
        private var bytes: [UInt8] = []

        init(_ source: any DocumentSource) { self.source = source }

        mutating func release() { bytes = [] }

        mutating func pageEnd(from start: Int, _ rule: TextPageRule) throws(DocumentError) -> Int {
            let needed = min(TextPageRule.mostBytes, source.size - start)
            if start < offset || start + needed > offset + bytes.count { try read(from: start) }
            return offset + bytes.withUnsafeBytes { rule.pageEnd($0, from: start - offset) }
        }

        private mutating func read(from start: Int) throws(DocumentError) {
            bytes = try source.bytes(start..<min(source.size, start + Self.size))
            offset = start
        }
    }
}

extension DocumentSource {
    /// - Throws: `damaged` where they cannot be read.
    func bytes(_ range: Range<Int>) throws(DocumentError) -> [UInt8] {
        var isRead = false
        let bytes = [UInt8](unsafeUninitializedCapacity: range.count) { buffer, count in
            let target = UnsafeMutableRawBufferPointer(start: buffer.baseAddress, count: range.count)
            isRead = read(at: range.lowerBound, into: target)
            count = isRead ? range.count : 0
        }
        guard isRead else { throw .damaged("the file cannot be read") }
        return bytes
    }
}
