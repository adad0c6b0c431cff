// SPDX-License-Identifier: Apache-2.0

/// A message that both parsers take and frame differently: what must not be.
package struct Disagreement: CustomStringConvertible, Sendable {
    package let stream: [UInt8]
    package let ours: FramedMessage
    package let theirs: FramedMessage

    /// Compares the two readings of one stream, message by message as far as both have read.
    package static func find(in stream: [UInt8], isRequests: Bool) -> (Disagreement?, bothTook: Int) {
        var reader = OurReading(isRequests: isRequests)
        reader.take(stream)
        // NIO's client drops interim answers.
        let ours = reader.whole.messages.filter { isRequests || !$0.start.hasPrefix("1") }
        let theirs = (isRequests ? NIOReading.requests(stream) : NIOReading.responses(stream)).messages
        for (ours, theirs) in zip(ours, theirs) where ours != theirs {
            return (Disagreement(stream: stream, ours: ours, theirs: theirs), 0)
        }
        return (nil, min(ours.count, theirs.count))
    }

    package var description: String {
        "\(String(decoding: stream, as: UTF8.self).debugDescription)\n  ours:   \(ours)\n  NIO's:  \(theirs)"
    }
}
