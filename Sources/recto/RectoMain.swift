// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CKernel
import Glibc
import Metrics

/// The program. Exit codes: 0, 1 for a failure, 2 for wrong usage.
@main
enum RectoMain {
    static func main() async {
        // Each connection takes a descriptor, and each one forwarded two.
        _ = recto_raise_descriptor_limit()
        do {
            let command = try Recto.parseAsRoot()
            if let problem = Environment.problem { throw ValidationError(problem) }
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                var command = command
                try command.run()
            }
        } catch let failure as Failure {
            complain("recto: \(failure.message)\n")
            exit(1)
        } catch {
            let code = Recto.exitCode(for: error)
            // A malformed variable was replaced by a default: what else is wrong may come of that.
            let cause = code.isSuccess ? error : Environment.problem.map { ValidationError($0) } ?? error
            let text = Recto.fullMessage(for: cause)
            if code.isSuccess {
                print(text)
                exit(0)
            }
            complain(text + "\n")
            exit(code == .validationFailure ? 2 : 1)
        }
    }

    static func complain(_ text: String) { _ = text.withCString { write(2, $0, strlen($0)) } }
}

/// Something went wrong that is told to the user in one line.
struct Failure: Error {
    let message: String

    init(_ message: String) { self.message = message }
}

struct Recto: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recto",
        abstract: "Shows documents in a browser without the documents leaving the server.",
        discussion: """
            Every option can also be given as an environment variable: --admin-port as RECTO_ADMIN_PORT, and so on. An \
            option on the command line wins.
            """,
        version: Build.version,
        subcommands: [
            ServeCommand.self, RouterCommand.self, PortalCommand.self, NodeCommand.self, ScaleCommand.self,
            StatusCommand.self, PurgeCommand.self, DrainCommand.self, RenderCommand.self, InspectCommand.self,
        ]
    )
}

enum Build {
    static let version = "0.1.0"

    /// Names this build in the metrics.
    /// - Parameter rendering: the rendering fingerprint; empty for a process that renders nothing.
    static func announce(rendering: String) {
        Gauge(label: "recto_build_info", dimensions: [("rendering", rendering), ("version", version)]).record(1)
    }
}
