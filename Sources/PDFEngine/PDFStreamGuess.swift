// SPDX-License-Identifier: Apache-2.0

/// Foresees which bytes PDFium is about to read.
///
/// Before it reads a stream PDFium looks whether the stream ends where its length says. Where those bytes are not at hand
/// it gives up, and reads the stream itself only once they are: a round trip for a few bytes. But between the word
/// `stream` and that place lies the stream, if their distance is a number that was just read.
struct PDFStreamGuess {
    /// PDFium reads 512 bytes at a time while it parses; more at once is contents.
    private static let mostParsed = 4096
    private static let word = Array("stream".utf8)

    /// What was read lately.
    private var recent: [UInt8] = []
    private var start: Int?

    /// These bytes were read there.
    mutating func saw(_ bytes: UnsafeRawBufferPointer, at offset: Int) {
        guard bytes.count <= Self.mostParsed else { return }
        if let end = Self.endOfWord(in: bytes) { start = offset + end }
        if recent.count + bytes.count > 2 * Self.mostParsed { recent.removeFirst(recent.count - Self.mostParsed) }
        recent += bytes
    }

    /// The stream that ends at `offset`, where reading has just failed.
    func stream(before offset: Int) -> Range<Int>? {
        guard let start, offset > start, contains(offset - start) else { return nil }
        return start..<offset
    }

    /// Where the data behind the last `stream`, not `endstream`, begins.
    private static func endOfWord(in bytes: UnsafeRawBufferPointer) -> Int? {
        guard bytes.count > word.count else { return nil }
        for place in stride(from: bytes.count - word.count - 1, through: 0, by: -1)
        where bytes[place] == word[0] && bytes[place..<place + word.count].elementsEqual(word) {
            guard place < 3 || bytes[place - 1] != UInt8(ascii: "d") else { continue }
            // One end of line belongs to the word (ISO 32000-1, 7.3.8.1).
            var end = place + word.count
            if bytes[end] == 0x0D { end += 1 }
            if end < bytes.count, bytes[end] == 0x0A { end += 1 }
            return end
        }
        return nil
    }

    private func contains(_ number: Int) -> Bool {
        let digits = Array(String(number).utf8)
        return recent.split { !(0x30...0x39).contains($0) }.contains { $0.elementsEqual(digits) }
    }
}
