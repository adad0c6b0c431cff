// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

@main
struct RectoBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recto-bench", abstract: "Measures Recto beside what others do.",
        subcommands: [
            CacheCommand.self, FailuresCommand.self, PeersCommand.self, RoutingCommand.self, ScaleEventsCommand.self,
            SimulateCommand.self,
        ])
}
