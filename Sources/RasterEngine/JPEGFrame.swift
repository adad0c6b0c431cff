// SPDX-License-Identifier: Apache-2.0

import Document

/// The frame header of a JPEG (ITU T.81, B.2.2).
///
/// Where a reduction by 2, 4 or 8 leaves a rest, libvips cuts it off: the last columns and rows of the picture would
/// be missing. So the decoder is told a size rounded up to a whole number of reduced pixels. That lies within the
/// coded blocks, whose number does not change, and is what libjpeg itself would return.
struct JPEGFrame {
    private let sizeOffset: Int
    private let width: Int
    private let height: Int
    /// Sampling factors of three divide blocks unevenly; such pictures are decoded whole.
    private let isEven: Bool
    /// From the JFIF header (ITU T.871, 10.1).
    private(set) var resolution = Resolution.square

    private static let mostSegments = 512

    /// Nil where there is no frame header.
    init?(_ source: any DocumentSource) {
        var place = 2
        for _ in 0..<Self.mostSegments {
            guard let head = Self.bytes(source, place, 4), head[0] == 0xFF else { return nil }
            let marker = head[1]
            switch marker {
            case 0xFF: place += 1  // A fill byte.
            case 0x01, 0xD0...0xD8: place += 2
            case 0xD9, 0xDA: return nil
            case 0xC0...0xC3, 0xC5...0xC7, 0xC9...0xCB, 0xCD...0xCF:
                guard let frame = Self.bytes(source, place + 4, 6),
                    let components = Self.bytes(source, place + 10, Int(frame[5]) * 3)
                else { return nil }
                (sizeOffset, height, width) = (place + 5, Self.number(frame, 1), Self.number(frame, 3))
                isEven = stride(from: 1, to: components.count, by: 3).allSatisfy {
                    components[$0] >> 4 != 3 && components[$0] & 15 != 3
                }
                return
            case 0xE0:
                if let header = Self.bytes(source, place + 4, 12), header.starts(with: Array("JFIF\0".utf8)) {
                    resolution = Resolution(
                        across: Double(Self.number(header, 8)), down: Double(Self.number(header, 10)))
                }
                place += 2 + Self.number(head, 2)
            default: place += 2 + Self.number(head, 2)
            }
        }
        return nil
    }

    /// Whether the decoder can reduce without a loss at the edges.
    var canReduce: Bool { isEven && width > 0 && height > 0 && width <= 65528 && height <= 65528 }

    func patch(load: Int) -> (offset: Int, bytes: [UInt8]) {
        let sizes = [height, width].map { ($0 + load - 1) / load * load }
        return (sizeOffset, sizes.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] })
    }

    private static func bytes(_ source: any DocumentSource, _ place: Int, _ count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        return bytes.withUnsafeMutableBytes { source.read(at: place, into: $0) } ? bytes : nil
    }

    private static func number(_ bytes: [UInt8], _ place: Int) -> Int { Int(bytes[place]) << 8 | Int(bytes[place + 1]) }
}
