// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// Looks for two things in a structure stream as it comes: its first line, and that the picture of page 1 is there.
struct StructureLines {
    private var line = ByteBuffer()
    private var isFirst = true
    private var isOver = false

    private static let preview = Array("\"event\":\"preview\"".utf8)
    private static let newline = UInt8(ascii: "\n")

    /// What these bytes completed.
    mutating func read(_ bytes: ByteBuffer) -> (firstLine: ByteBuffer?, hasPreview: Bool) {
        var result: (firstLine: ByteBuffer?, hasPreview: Bool) = (nil, false)
        guard !isOver else { return result }
        var rest = bytes
        while let end = rest.readableBytesView.firstIndex(of: Self.newline) {
            let count = end - rest.readerIndex + 1
            guard let piece = rest.readSlice(length: count) else { break }
            line.writeImmutableBuffer(piece)
            if isFirst { result.firstLine = line }
            // The kind of an event stands at the beginning of its line.
            if line.readableBytesView.prefix(64).containsSequence(Self.preview) {
                result.hasPreview = true
                isOver = true
                line.clear()
                return result
            }
            isFirst = false
            line.clear()
        }
        line.writeImmutableBuffer(rest)
        return result
    }
}

extension Collection<UInt8> {
    fileprivate func containsSequence(_ wanted: [UInt8]) -> Bool {
        indices.contains { self[$0...].starts(with: wanted) }
    }
}
