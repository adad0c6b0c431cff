// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import RoutingProgram

/// The routing benchmark without the other programs of `recto-bench`.
@main
struct RoutingProgramMain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recto-bench-routing", subcommands: [RoutingCommand.self, HostApplicationCommand.self])
}
