// SPDX-License-Identifier: Apache-2.0

import CKernel
package import Document
import Glibc
import Sandbox
import WorkerProtocol

/// What every worker program does: it parses and renders documents of its formats for a pool, over the socket that is its
/// descriptor 3. Started by the pool only; `--memory-budget BYTES` bounds what it keeps open, `--address-space BYTES`
/// what it may take at all; `--sandbox required` has it end where it cannot be closed in.
package enum WorkerProgram {
    /// The descriptor at which the pool puts the socket.
    private static let poolDescriptor: CInt = 3

    package static func run(_ formats: DocumentFormats) -> Never {
        var kind = stat()
        guard fstat(poolDescriptor, &kind) == 0, kind.st_mode & S_IFMT == S_IFSOCK else {
            complain("is started by recto, not by hand")
            exit(2)
        }

        // When memory runs out, a worker goes before its parent: it holds nothing that cannot be rendered again.
        if let file = fopen("/proc/self/oom_score_adj", "w") {
            fputs("500", file)
            fclose(file)
        }
        // A tile's canvas, rows and file are 1 MB each. As malloc is, they would go back to the kernel after each tile and
        // be faulted in again page by page, which cost a third of a text tile's time.
        recto_keep_heap(16 << 20, 4 << 20)
        let sandbox = Sandbox.enterNamespaces()
        formats.prepare()
        if let bytes = option("--address-space").flatMap({ UInt64($0) }) { _ = recto_limit_address_space(bytes) }

        // Looks at libraries and fonts, which it cannot do later.
        let fingerprint = TileRenderer.fingerprint(formats)
        let holds: Sandbox.Holds
        do {
            holds = try sandbox.close(
                readable: formats.readableFolders, required: option("--sandbox") == "required")
        } catch {
            complain("\(error)")
            exit(WorkerExit.sandboxIncomplete)
        }

        let channel = FrameChannel(descriptor: poolDescriptor)
        let inbox = Inbox()
        do {
            // The receiving thread. Whatever ends the stream ends the process at once, also in the middle of a
            // rendering: the parent has gone, and nobody else may be left to notice.
            try SystemThread.start("receive") {
                do {
                    while let (body, descriptors) = try channel.receive() {
                        inbox.receive(try PoolFrame(decoding: body[...]), descriptors: descriptors)
                    }
                } catch {
                    complain("\(error)")
                }
                _exit(0)
            }
            let memoryBudget = option("--memory-budget").flatMap { Int($0) } ?? 256 << 20
            try Worker(
                formats: formats, fingerprint: fingerprint, channel: channel, inbox: inbox, memoryBudget: memoryBudget
            )
            .run(sandbox: holds.description)
        } catch {
            complain("\(error)")
        }
        _exit(0)
    }

    private static func option(_ name: String) -> String? {
        guard let index = CommandLine.arguments.firstIndex(of: name), index + 1 < CommandLine.arguments.count else {
            return nil
        }
        return CommandLine.arguments[index + 1]
    }

    private static func complain(_ message: String) {
        let line = "recto-worker: \(message)\n"
        _ = line.withCString { write(2, $0, strlen($0)) }
    }
}
