// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization

/// A program that this one starts and that ends with it, however this one ends: the kernel kills it when the thread that
/// started it is gone, and that thread lives as long as we do.
///
/// Nothing changes after it has been made; `Process` is not marked as what may be shared, but it is only told to end.
package final class ChildProcess: @unchecked Sendable {
    private let process = Process()

    private static let running = Mutex<[ObjectIdentifier: ChildProcess]>([:])
    private static let starter = StarterThread()
    private static let setpriv = "/usr/bin/setpriv"
    private static let taskset = "/usr/bin/taskset"

    /// - Parameters:
    ///   - environment: additional variables.
    ///   - processors: where it may run; nil: everywhere.
    /// - Throws: where the program cannot be started.
    package init(
        _ program: String, _ arguments: [String], environment: [String: String] = [:], output: Any? = nil,
        errors: Any? = nil, processors: [Int]? = nil
    ) throws {
        var command = [program] + arguments
        if let processors {
            command = [Self.taskset, "-c", processors.map(String.init).joined(separator: ",")] + command
        }
        if FileManager.default.isExecutableFile(atPath: Self.setpriv) {
            command = [Self.setpriv, "--pdeathsig", "KILL"] + command
        }
        process.executableURL = URL(fileURLWithPath: command[0])
        process.arguments = Array(command.dropFirst())
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardOutput = output ?? FileHandle.nullDevice
        process.standardError = errors ?? FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        try Self.starter.run { [self] in try process.run() }
        Self.running.withLock { $0[ObjectIdentifier(self)] = self }
    }

    package var id: Int32 { process.processIdentifier }
    package var isRunning: Bool { process.isRunning }

    package func send(_ signal: Int32) { if process.isRunning { kill(id, signal) } }

    package func waitUntilExit() {
        process.waitUntilExit()
        Self.running.withLock { _ = $0.removeValue(forKey: ObjectIdentifier(self)) }
    }

    /// Kills it and waits until it has gone.
    package func kill9() {
        send(SIGKILL)
        waitUntilExit()
    }

    /// Asks it to end and waits until it has.
    package func terminate() {
        send(SIGTERM)
        waitUntilExit()
    }

    /// Kills all that run, for a program that is interrupted.
    package static func killAll() {
        for child in running.withLock({ Array($0.values) }) { child.send(SIGKILL) }
    }
}

/// A thread that never ends and does one thing after the other.
private final class StarterThread: Sendable {
    private let jobs = Mutex<[@Sendable () -> Void]>([])
    private let waiting = DispatchSemaphore(value: 0)

    init() {
        Thread.detachNewThread { [self] in
            while true {
                waiting.wait()
                jobs.withLock { $0.isEmpty ? nil : $0.removeFirst() }?()
            }
        }
    }

    /// Returns when it is done, which takes a millisecond or so.
    func run(_ body: @escaping @Sendable () throws -> Void) throws {
        let failure = Mutex<(any Error)?>(nil)
        let done = DispatchSemaphore(value: 0)
        jobs.withLock {
            $0.append {
                do { try body() } catch { failure.withLock { $0 = error } }
                done.signal()
            }
        }
        waiting.signal()
        done.wait()
        if let error = failure.withLock({ $0 }) { throw error }
    }
}
