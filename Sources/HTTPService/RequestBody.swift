// SPDX-License-Identifier: Apache-2.0

package import NIOCore

/// A request's body as it comes in. A reader that is slow holds the client back.
///
/// To be read once. Throws where the client goes away in the middle.
package struct RequestBody: AsyncSequence, Sendable {
    package typealias Element = ByteBuffer
    typealias Strategy = NIOAsyncSequenceProducerBackPressureStrategies.HighLowWatermark
    typealias Producer = NIOThrowingAsyncSequenceProducer<ByteBuffer, any Error, Strategy, Reading>

    package struct Iterator: AsyncIteratorProtocol {
        var inner: Producer.AsyncIterator
        package mutating func next() async throws -> ByteBuffer? { try await inner.next() }
    }

    /// Has the connection read or not, as its reader keeps up.
    struct Reading: NIOAsyncSequenceProducerDelegate {
        let channel: any Channel

        func produceMore() { channel.setOption(.autoRead, value: true).whenComplete { _ in } }
        func didTerminate() { produceMore() }
    }

    private let producer: Producer

    package func makeAsyncIterator() -> Iterator { Iterator(inner: producer.makeAsyncIterator()) }

    /// Pieces come in the size of a socket's read, some 2 to 64 KiB.
    static func make(channel: any Channel) -> (body: RequestBody, source: Producer.Source) {
        let made = Producer.makeSequence(
            elementType: ByteBuffer.self, failureType: (any Error).self,
            backPressureStrategy: Strategy(lowWatermark: 4, highWatermark: 16), finishOnDeinit: true,
            delegate: Reading(channel: channel))
        return (RequestBody(producer: made.sequence), made.source)
    }
}
