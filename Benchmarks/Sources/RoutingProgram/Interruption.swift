// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Foundation
import LoadDriver

/// Ctrl-C and SIGTERM end what was started and then this program; kill -9 has the kernel do it.
enum Interruption {
    /// Filled once, before anything else runs.
    nonisolated(unsafe) private static var sources: [any DispatchSourceSignal] = []

    /// - Parameter folder: what is thrown away in any case.
    static func endsEverything(removing folder: String) {
        for number in [SIGINT, SIGTERM, SIGHUP] {
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                ChildProcess.killAll()
                try? FileManager.default.removeItem(atPath: folder)
                Progress.say("stopped; the same command goes on where it was")
                _exit(128 + number)
            }
            source.resume()
            sources.append(source)
        }
    }
}
