// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// An answer that is being gathered. A body that comes in one read is kept as that read and not copied; one that comes in
/// several is copied into memory of its own length, so that small pieces do not hold large reads.
struct HeldAnswer {
    var head = ByteBuffer()
    private(set) var status = 0
    private(set) var body = ByteBuffer()
    /// The member frames the body by closing, so each piece becomes a chunk of ours.
    private(set) var reframes = false
    private var length = 0

    /// - Parameter capacity: how long the body will be, where it is to be held.
    mutating func begin(status: Int, reframes: Bool, capacity: Int) {
        head.clear()
        body = ByteBuffer()
        self.status = status
        self.reframes = reframes
        length = capacity
    }

    mutating func hold(_ piece: ByteBuffer) {
        if body.readableBytes == 0, piece.readableBytes == length {
            body = piece
            return
        }
        if body.readableBytes == 0 { body.reserveCapacity(length) }
        body.writeImmutableBuffer(piece)
    }

    /// Lets the body go and keeps the head's memory for the next one.
    mutating func clear() {
        head.clear()
        body = ByteBuffer()
    }
}
