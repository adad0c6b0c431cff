// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// What is kept of a request's body: that which no member has been sent yet, and that which another may have to be sent.
struct RequestBody {
    /// In the framing of the request: with the chunks' sizes, where it is chunked.
    private(set) var kept = ByteBuffer()
    /// Its last byte has come from the client.
    var isWhole = true
    /// All of it that has come is still here.
    private(set) var mayBeReplayed = true

    init(isWhole: Bool = true, mayBeReplayed: Bool = true) {
        self.isWhole = isWhole
        self.mayBeReplayed = mayBeReplayed
    }

    mutating func keep(_ piece: ByteBuffer) { kept.writeImmutableBuffer(piece) }

    /// - Parameter limit: a body longer than that is let go of, and cannot be sent again.
    mutating func keepForReplay(_ piece: ByteBuffer, limit: Int) {
        guard mayBeReplayed else { return }
        guard kept.readableBytes + piece.readableBytes <= limit else { return letGo() }
        kept.writeImmutableBuffer(piece)
    }

    /// A member has been sent what is kept.
    mutating func wasSent() {
        if !mayBeReplayed { kept = ByteBuffer() }
    }

    private mutating func letGo() {
        kept = ByteBuffer()
        mayBeReplayed = false
    }
}
