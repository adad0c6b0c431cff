// SPDX-License-Identifier: Apache-2.0

import CKernel
import Glibc
import Synchronization

/// One end of the socket pair between pool and worker. Reading is for one thread; writing is safe from any.
package final class FrameChannel: Sendable {
    package let descriptor: CInt
    private let writing = Mutex(())

    /// - Parameter descriptor: a connected stream socket, which the channel closes when it goes.
    package init(descriptor: CInt) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// A pair of connected channels' descriptors.
    package static func pair() throws(SystemError) -> (CInt, CInt) {
        var descriptors: [CInt] = [-1, -1]
        let result = recto_socketpair(&descriptors)
        guard result == 0 else { throw SystemError(call: "socketpair", code: -result) }
        return (descriptors[0], descriptors[1])
    }

    /// Sends a frame; `data` follows `body` in it. Blocks while the other side does not read.
    /// - Parameter attached: descriptors to hand over with the frame, two at most.
    package func send(_ body: [UInt8], data: [UInt8] = [], attached: [CInt] = []) throws(SystemError) {
        let head = FrameCoding.header(forBody: body.count + data.count) + body
        let result = writing.withLock { _ in
            data.isEmpty
                ? recto_send(descriptor, head, head.count, attached, attached.count)
                : recto_send2(descriptor, head, head.count, data, data.count)
        }
        guard result == 0 else { throw SystemError(call: "sendmsg", code: -result) }
    }

    /// Waits for the next frame. Returns nil at the end of the stream.
    ///
    /// The receiver owns the descriptors that come along and closes them.
    package func receive() throws -> (body: [UInt8], attached: [CInt])? {
        var attached: [CInt] = []
        do {
            guard let header = try exactly(FrameCoding.headerSize, &attached) else { return nil }
            let count = header.reversed().reduce(0) { $0 << 8 | Int($1) }
            guard count <= FrameCoding.longestFrame else { throw MalformedFrame() }
            guard let body = try exactly(count, &attached) else { throw MalformedFrame() }
            return (body, attached)
        } catch {
            for descriptor in attached { close(descriptor) }
            throw error
        }
    }

    private func exactly(_ count: Int, _ attached: inout [CInt]) throws -> [UInt8]? {
        var failure: CInt = 0
        var ended = false
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialised in
            while initialised < count {
                var descriptors = [CInt](repeating: -1, count: Int(RECTO_MOST_ATTACHED))
                let received = recto_receive(
                    self.descriptor, buffer.baseAddress! + initialised, count - initialised, &descriptors)
                let arrived = descriptors.filter { $0 >= 0 }
                if !arrived.isEmpty {
                    for old in attached { close(old) }
                    attached = arrived
                }
                guard received > 0 else {
                    if received < 0 { failure = CInt(-received) } else { ended = true }
                    return
                }
                initialised += received
            }
        }
        // A peer that was killed resets the connection where unread bytes were left: that is an end as well.
        if ended || failure == ECONNRESET {
            guard bytes.isEmpty else { throw MalformedFrame() }
            return nil
        }
        guard failure == 0 else { throw SystemError(call: "recvmsg", code: failure) }
        return bytes
    }
}

/// A failed system call.
package struct SystemError: Error, CustomStringConvertible {
    package let call: String
    package let code: CInt

    package init(call: String, code: CInt) {
        self.call = call
        self.code = code
    }

    package var description: String { "\(call): \(String(cString: strerror(code)))" }
}
