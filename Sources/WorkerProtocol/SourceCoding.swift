// SPDX-License-Identifier: Apache-2.0

extension ByteWriter {
    mutating func write(_ source: WorkerSource) {
        switch source {
        case .file(let identity):
            write(UInt8(0))
            write(identity.size)
            write(identity.modifiedSeconds)
            write(identity.modifiedNanoseconds)
            write(identity.changedSeconds)
            write(identity.changedNanoseconds)
        case .blocks(let blocks):
            write(UInt8(1))
            write(blocks.size)
            write(blocks.blockSize)
            write(blocks.dataOffset)
        }
    }

    mutating func write(_ ranges: [Range<Int>]) {
        write(ranges) { writer, range in
            writer.write(range.lowerBound)
            writer.write(range.upperBound)
        }
    }
}

extension ByteReader {
    mutating func source() throws(MalformedFrame) -> WorkerSource {
        switch try byte() {
        case 0:
            return .file(
                SourceIdentity(
                    size: try int(), modifiedSeconds: try int(), modifiedNanoseconds: try int(),
                    changedSeconds: try int(), changedNanoseconds: try int()))
        case 1:
            let blocks = SourceBlocks(size: try int(), blockSize: try int(), dataOffset: try int())
            guard blocks.size >= 0, blocks.blockSize > 0, blocks.dataOffset >= 0 else { throw MalformedFrame() }
            return .blocks(blocks)
        default: throw MalformedFrame()
        }
    }

    /// Ranges in their order, none empty, none touching another.
    mutating func ranges() throws(MalformedFrame) -> [Range<Int>] {
        var end = -1
        return try list { reader throws(MalformedFrame) in
            let (lower, upper) = (try reader.int(), try reader.int())
            guard lower > end, upper > lower else { throw MalformedFrame() }
            end = upper
            return lower..<upper
        }
    }
}
