// SPDX-License-Identifier: Apache-2.0

import Access
import ArgumentParser
import Cluster
import ServiceRole

/// What portal and node are told alike: where they listen, whom they join, how they leave.
struct MemberOptions: ParsableArguments {
    @OptionGroup var service: ServiceOptions
    @OptionGroup var cluster: ClusterOptions
    @OptionGroup var discovery: DiscoveryOptions
    @OptionGroup var logging: LogOptions

    @Option(help: "The address to listen at.")
    var host: String = Environment.value("host", "127.0.0.1")

    @Option(help: "The port at which routers ask, 8180 for a portal, 8280 for a node; 0: any free one.")
    var port: Int?

    @Option(help: "HOST:PORT of a router's cluster port; may be repeated, a name stands for all its addresses.")
    var join: [String] = Environment.list("join")

    @Option(help: "Seconds that draining may take.")
    var drainDeadline: Double = Environment.value("drain-deadline", 20)

    private static let ports: [MemberRole: Int] = [.portal: 8180, .node: 8280]

    func validate() throws {
        try service.archives.requireArchive()
        if let port { try Ports.validate(port) }
        guard drainDeadline >= 0, drainDeadline <= 3600 else {
            throw ValidationError("--drain-deadline is from 0 to 3600 seconds.")
        }
        guard !join.isEmpty || !discovery.discover.isEmpty else {
            throw ValidationError("Say where a router is: --join HOST:PORT, or --discover SOURCE")
        }
        _ = try JoinAddress.parse(join)
    }

    /// - Parameter secret: the cluster's, where it did not come by the options.
    func configuration(
        _ role: MemberRole, id: String, secret: ClusterSecret
    ) throws -> ServiceRole.Configuration {
        let port: Int = self.port ?? Environment.optional("port") ?? Self.ports[role] ?? 0
        try Ports.validate(port)
        var configuration = ServiceRole.Configuration(
            id: id, role: role, host: host, port: port, clusterPort: cluster.clusterPort,
            advertise: cluster.advertise ?? Environment.optional("advertise"), joins: try JoinAddress.parse(join),
            secret: secret)
        configuration.discoveries = try discovery.sources()
        configuration.drainDeadline = .seconds(drainDeadline)
        return configuration
    }
}
