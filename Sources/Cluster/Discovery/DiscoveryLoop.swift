// SPDX-License-Identifier: Apache-2.0

package import Logging

/// A discovery and what the user calls it.
package struct DiscoverySource: Sendable {
    /// As it was given; for the log.
    package let name: String
    package let discovery: any MemberDiscovery

    package init(name: String, discovery: any MemberDiscovery) {
        self.name = name
        self.discovery = discovery
    }
}

/// Looks again and again who is there. What was found last counts until something else is found: a look that fails or comes
/// back empty says more of the server asked than of the members.
package struct DiscoveryLoop: Sendable {
    private let source: DiscoverySource
    private let configuration: DiscoverySchedule.Configuration
    private let logger: Logger
    private let onFound: @Sendable (Set<String>) -> Void

    /// - Parameter onFound: called with all addresses after each look that found any.
    package init(
        _ source: DiscoverySource, configuration: DiscoverySchedule.Configuration = .init(),
        logger: Logger, onFound: @escaping @Sendable (Set<String>) -> Void
    ) {
        self.source = source
        self.configuration = configuration
        self.logger = logger
        self.onFound = onFound
    }

    /// Runs until the task is cancelled.
    package func run() async {
        var schedule = DiscoverySchedule(configuration: configuration)
        while !Task.isCancelled {
            let pause = await look(&schedule)
            try? await Task.sleep(for: pause)
        }
    }

    private func look(_ schedule: inout DiscoverySchedule) async -> Duration {
        do {
            let found = try await source.discovery.look()
            guard !found.addresses.isEmpty else { throw DiscoveryError.notFound }
            if schedule.isFailing { logger.info("a discovery works again", metadata: ["source": "\(source.name)"]) }
            onFound(found.addresses)
            return schedule.found(validFor: found.validFor)
        } catch {
            if !schedule.isFailing, !Task.isCancelled {
                logger.notice(
                    "a discovery found nothing: what it found before stays",
                    metadata: ["source": "\(source.name)", "error": "\(error)"])
            }
            return schedule.failed()
        }
    }
}
