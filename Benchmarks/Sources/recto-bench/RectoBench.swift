// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import RoutingProgram

@main
struct RectoBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recto-bench", abstract: "Measures Recto beside what others do.",
        subcommands: [
            CacheCommand.self, FailuresCommand.self, HostApplicationCommand.self, PeersCommand.self,
            RoutingCommand.self,
            ScaleEventsCommand.self, SimulateCommand.self,
        ])
}
