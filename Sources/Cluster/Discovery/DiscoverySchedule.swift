// SPDX-License-Identifier: Apache-2.0

/// When to look again. Pure: outcomes in, pauses out.
package struct DiscoverySchedule: Sendable {
    package struct Configuration: Sendable {
        /// However short a time to live is: servers that say 0 mean that they may be asked each time, not all the time.
        package var shortest: Duration = .seconds(1)
        /// However long it is: a member that has just come shall not wait for minutes.
        package var longest: Duration = .seconds(30)

        package init() {}
    }

    private let configuration: Configuration
    private var failures = 0

    package init(configuration: Configuration = Configuration()) { self.configuration = configuration }

    /// Whether the last look failed, so that what was found before still counts.
    package var isFailing: Bool { failures > 0 }

    /// The pause after a look that found something. It is repeated before it is out of date.
    package mutating func found(validFor: Duration?) -> Duration {
        failures = 0
        return min(max(validFor ?? configuration.longest, configuration.shortest), configuration.longest)
    }

    /// The pause after a look that found nothing: twice as long each time.
    package mutating func failed() -> Duration {
        failures += 1
        return min(configuration.shortest * (1 << min(failures - 1, 10)), configuration.longest)
    }
}
