// SPDX-License-Identifier: Apache-2.0

import Foundation

/// What happens when somebody interrupts a measurement: all that it started is ended, its folder removed.
package final class Interruption {
    private let sources: [any DispatchSourceSignal]

    /// - Parameter folder: what the measurement wrote besides its results.
    package init(folder: String) {
        sources = [SIGINT, SIGTERM, SIGHUP].map { signal in
            Glibc.signal(signal, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: signal, queue: .global())
            source.setEventHandler {
                Self.endChildren()
                try? FileManager.default.removeItem(atPath: folder)
                exit(128 + signal)
            }
            source.resume()
            return source
        }
    }

    /// Kills the process groups of our children; what a server started in a group of its own sees its end and follows.
    private static func endChildren() {
        let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")) ?? []
        for task in tasks {
            let text = FileManager.default.contents(atPath: "/proc/self/task/\(task)/children") ?? Data()
            for child in String(decoding: text, as: UTF8.self).split(separator: " ").compactMap({ Int32($0) }) {
                if getpgid(child) == child { kill(-child, SIGKILL) }
                kill(child, SIGKILL)
            }
        }
    }
}
