// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Cluster

/// How a router finds out whether members can be reached.
struct HealthOptions: ParsableArguments {
    @Option(help: "Milliseconds between two checks of a member, and the longest wait for its answer.")
    var checkInterval: Int = Environment.value("check-interval", 250)

    @Option(help: "Good checks in a row after which a member that was out of reach gets requests again.")
    var rise: Int = Environment.value("rise", 2)

    @Option(help: "Failed checks in a row after which a member gets none and loses those that it has not answered.")
    var fall: Int = Environment.value("fall", 3)

    func validate() throws {
        guard (20...60_000).contains(checkInterval) else {
            throw ValidationError("--check-interval is a number of milliseconds from 20 to 60000.")
        }
        guard (1...100).contains(rise), (1...100).contains(fall) else {
            throw ValidationError("--rise and --fall are numbers from 1 to 100.")
        }
    }

    var configuration: HealthMonitor.Configuration {
        var configuration = HealthMonitor.Configuration()
        configuration.interval = .milliseconds(checkInterval)
        configuration.timeout = .milliseconds(checkInterval)
        configuration.membership.rise = rise
        configuration.membership.fall = fall
        return configuration
    }
}
