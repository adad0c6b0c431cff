// SPDX-License-Identifier: Apache-2.0

import TileModel
import WorkerProtocol

extension RenderPool {
    package struct Configuration: Sendable {
        /// The folder with the worker programs, `recto-worker-KIND` each.
        package var programFolder: String
        /// Jobs at a time; one more process is kept waiting.
        package var workers: Int
        /// Bytes that one worker may hold in open documents and parsed pages.
        package var memoryBudget: Int
        /// Bytes of address space that one worker may take at all; 0: no limit.
        package var addressSpace: Int
        /// The longest that one job may take.
        package var deadline: Duration
        /// Jobs that may wait; one more is refused at once.
        package var queueLimit: Int
        /// Whether workers in which Landlock or seccomp do not hold are refused.
        package var sandboxRequired = false

        package init(
            programFolder: String, workers: Int = 1, memoryBudget: Int = 256 << 20, addressSpace: Int = 4 << 30,
            deadline: Duration = .seconds(10), queueLimit: Int = 256
        ) {
            self.programFolder = programFolder
            self.workers = workers
            self.memoryBudget = memoryBudget
            self.addressSpace = addressSpace
            self.deadline = deadline
            self.queueLimit = queueLimit
        }

        func workerPath(_ kind: EngineKind) -> String { "\(programFolder)/recto-worker-\(kind.rawValue)" }
    }

    /// The worker program cannot be started or never gets ready.
    package struct StartFailure: Error, CustomStringConvertible {
        package let description: String

        init(description: String) { self.description = description }

        init(_ end: WorkerProcess.End) {
            description =
                end == .exited(WorkerExit.sandboxIncomplete)
                ? "the sandbox is required and does not hold on this machine; the worker has said why"
                : "the worker program does not start: \(end)"
        }
    }
}
