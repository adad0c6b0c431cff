// SPDX-License-Identifier: Apache-2.0

package import Logging
import Synchronization

/// What was said in the log of a test at warning or above.
package final class Warnings: Sendable {
    private struct Handler: LogHandler {
        let warnings: Warnings
        var logLevel = Logger.Level.trace
        var metadata: Logger.Metadata = [:]

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            guard event.level >= .warning else { return }
            warnings.texts.withLock { $0.append("\(event.message) \(event.metadata ?? [:])") }
        }
    }

    private let texts = Mutex<[String]>([])
    package init() {}

    package var all: [String] { texts.withLock { $0 } }
    package var logger: Logger { Logger(label: "test") { _ in Handler(warnings: self) } }
}
