// SPDX-License-Identifier: Apache-2.0

import CKernel
import Glibc
import Synchronization
import WorkerProtocol

/// A running worker and the channel to it.
final class WorkerProcess: Sendable {
    /// How a worker ended.
    enum End: Sendable, Equatable {
        case exited(CInt)
        case signalled(CInt)
    }

    let processID: pid_t
    private let channel: FrameChannel
    private let killed = Atomic<Bool>(false)
    private let retired = Atomic<Bool>(false)

    /// Starts the program at `path`.
    /// - Parameter environment: all that the child sees, as `NAME=value`.
    init(path: String, arguments: [String], environment: [String]) throws(SystemError) {
        let (ours, theirs) = try FrameChannel.pair()
        defer { close(theirs) }
        channel = FrameChannel(descriptor: ours)
        let process = Spawn.start(path, arguments, environment, descriptors: [theirs])
        guard process > 0 else { throw SystemError(call: "posix_spawn \(path)", code: -process) }
        processID = process
    }

    /// Reads frames on a thread of its own until the worker has ended, then reaps it.
    func receive(
        onFrame: @escaping @Sendable (WorkerFrame) -> Void, onEnd: @escaping @Sendable (End) -> Void
    ) throws(SystemError) {
        try SystemThread.start("worker-\(processID)") { [self] in
            do {
                while let (body, descriptors) = try channel.receive() {
                    for descriptor in descriptors { close(descriptor) }
                    onFrame(try WorkerFrame(decoding: body[...]))
                }
            } catch {
                // A worker that no longer speaks the protocol is not to be trusted.
                kill()
            }
            onEnd(reap())
        }
    }

    func send(_ frame: PoolFrame, source: RenderSource? = nil) throws(SystemError) {
        try channel.send(frame.encoded(), attached: source?.descriptors ?? [])
    }

    /// Whether `kill` was called: a death of our own making is not an operator's.
    var wasKilled: Bool { killed.load(ordering: .relaxed) }

    /// Whether it was ended because it was no longer needed.
    var wasRetired: Bool { retired.load(ordering: .relaxed) }

    func retire() {
        retired.store(true, ordering: .relaxed)
        kill()
    }

    func kill() {
        killed.store(true, ordering: .relaxed)
        Glibc.kill(processID, SIGKILL)
    }

    private func reap() -> End {
        var status: CInt = 0
        while waitpid(processID, &status, 0) < 0, errno == EINTR {}
        let signal = status & 0x7F
        return signal == 0 ? .exited(status >> 8 & 0xFF) : .signalled(signal)
    }
}
