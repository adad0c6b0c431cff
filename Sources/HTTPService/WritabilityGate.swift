// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// Holds a producer while the connection's outbound buffer is full. Its state belongs to the event loop.
final class WritabilityGate: Sendable {
    private let waiting: NIOLoopBoundBox<[CheckedContinuation<Void, any Error>]>
    private let loop: any EventLoop

    init(loop: any EventLoop) {
        self.loop = loop
        waiting = NIOLoopBoundBox([], eventLoop: loop)
    }

    func wait(on channel: any Channel) async throws {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                loop.execute { [self] in
                    if !channel.isActive {
                        continuation.resume(throwing: ChannelError.ioOnClosedChannel)
                    } else if channel.isWritable {
                        continuation.resume()
                    } else {
                        waiting.value.append(continuation)
                    }
                }
            }
            try Task.checkCancellation()
        } onCancel: {
            loop.execute { self.release(.failure(CancellationError())) }
        }
    }

    /// To be called on the event loop.
    func release(_ result: Result<Void, any Error>) {
        let continuations = waiting.value
        waiting.value = []
        for continuation in continuations { continuation.resume(with: result) }
    }
}
