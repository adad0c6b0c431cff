// SPDX-License-Identifier: Apache-2.0

/// What became of one planned request.
package struct Sample: Sendable, Codable, Hashable {
    /// Its place in the trace.
    package var request: Int
    /// Seconds from the beginning of the run at which it was due.
    package var due: Double
    /// Seconds from when it was due to the last byte.
    package var latency: Double
    /// To the first byte of the answer; equal to the latency where none came.
    package var firstByte: Double
    /// Of a structure stream: seconds from when it was due until the picture of page 1 was there.
    package var firstPage: Double?
    /// 0 where no whole answer came.
    package var status: Int
    package var bytes: Int
    /// `X-Recto-Node`; empty where there was none.
    package var member: String
    /// `cache;desc=` and a layer in `Server-Timing`, not `miss`.
    package var isHit: Bool
    /// The document had to be opened for it, and no worker of that member held it: `open` in `Server-Timing`.
    package var isCold: Bool
    /// The client sent it again: a kept connection had been closed, or a router was not there.
    package var resends: Int
    /// `Server-Timing`: what making the answer cost where it was made.
    package var timing = ""
    /// Seconds by which the driver itself was late to send it.
    package var lag = 0.0

    /// What a browser's user would call it: not 2xx or 304, or broken off.
    package var isFailure: Bool { !(200..<400).contains(status) }
}
