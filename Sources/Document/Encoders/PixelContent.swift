// SPDX-License-Identifier: Apache-2.0

import TileModel

/// What kind of pixels a picture consists of, which decides how it compresses best.
enum PixelContent {
    case grey
    /// At most 256 colours.
    case palette(Palette)
    /// Many colours in flat areas and lines.
    case drawing
    case photo

    init(of canvas: Canvas) {
        if Self.isGrey(canvas) {
            self = .grey
        } else if let palette = Palette(of: canvas) {
            self = .palette(palette)
        } else {
            self = Self.isFlat(canvas) ? .drawing : .photo
        }
    }

    /// Blue equals green and green equals red in every pixel. Stops at the first row with colour.
    private static func isGrey(_ canvas: Canvas) -> Bool {
        for y in 0..<canvas.size.height {
            let row = canvas.row(y)
            var difference: UInt32 = 0
            for x in 0..<canvas.size.width { difference |= row[x] ^ (row[x] >> 8) }
            if difference & 0xFFFF != 0 { return false }
        }
        return true
    }

    /// More than half of the pixels of every eighth row equal their left neighbour.
    private static func isFlat(_ canvas: Canvas) -> Bool {
        var (equal, all) = (0, 0)
        for y in stride(from: 0, to: canvas.size.height, by: 8) {
            let row = canvas.row(y)
            for x in 1..<max(1, canvas.size.width) where row[x] == row[x - 1] { equal += 1 }
            all += canvas.size.width
        }
        return equal * 2 > all
    }
}

/// Up to 256 colours in the order in which they first occur, with an open-addressing table from colour to index.
struct Palette {
    private static let slots = 1024
    private var colours: [UInt32] = []
    /// Per slot: 0 where free, otherwise the index + 1.
    private var table = [UInt16](repeating: 0, count: Palette.slots)

    /// Nil as soon as a 257th colour is met.
    init?(of canvas: Canvas) {
        colours = [UInt32](repeating: 0, count: 256)
        var count = 0
        // Raw pointers: this runs over every pixel of tiles that turn out to have too many colours.
        let fits = colours.withUnsafeMutableBufferPointer { colours in
            table.withUnsafeMutableBufferPointer { table in
                for y in 0..<canvas.size.height {
                    let row = canvas.row(y)
                    var last = ~row[0]
                    for x in 0..<canvas.size.width where row[x] != last {
                        last = row[x]
                        var slot = Self.slot(last)
                        while table[slot] != 0, colours[Int(table[slot]) - 1] != last {
                            slot = (slot + 1) & (Self.slots - 1)
                        }
                        guard table[slot] == 0 else { continue }
                        guard count < 256 else { return false }
                        colours[count] = last
                        count += 1
                        table[slot] = UInt16(count)
                    }
                }
                return true
            }
        }
        guard fits else { return nil }
        colours.removeLast(256 - count)
    }

    var rgb: [UInt8] {
        colours.flatMap { colour in
            [16, 8, 0].map { (shift: UInt32) in UInt8(truncatingIfNeeded: colour >> shift) }
        }
    }

    func indices(_ row: UnsafePointer<UInt32>, _ out: UnsafeMutableBufferPointer<UInt8>) {
        var (last, index) = (row[0], find(row[0]))
        for x in 0..<out.count {
            if row[x] != last {
                last = row[x]
                index = find(last)
            }
            out[x] = index
        }
    }

    private static func slot(_ colour: UInt32) -> Int { Int((colour &* 0x9E37_79B1) >> 22) }

    private func find(_ colour: UInt32) -> UInt8 {
        var slot = Self.slot(colour)
        while colours[Int(table[slot]) - 1] != colour { slot = (slot + 1) & (Self.slots - 1) }
        return UInt8(truncatingIfNeeded: Int(table[slot]) - 1)
    }
}
