// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Cluster

/// What SIGTERM does, for whoever can run a program beside a member but not signal it: hooks of an orchestrator, operators.
struct DrainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drain", abstract: "Has the portal or node of this machine finish what it does and end.",
        discussion: "It returns at once; the member serves until every router knows, then ends with status 0.")

    @OptionGroup var cluster: ClusterOptions

    @Option(help: "The address at which the member listens.")
    var host: String = Environment.value("host", "127.0.0.1")

    func run() async throws {
        let client = ClusterClient(secret: try cluster.secret(), asker: nil)
        let address = HostAndPort(host: host, port: cluster.clusterPort).description
        let state: MemberState
        do {
            state = try await client.state(of: address, timeout: .seconds(5))
            if state.role != .router { try await client.drain(address) }
        } catch ClusterClient.Failure.status(401) {
            throw Failure("the member at \(address) has another secret")
        } catch {
            throw Failure("there is no member at \(address): \(error)")
        }
        guard state.role != .router else {
            throw Failure("\(state.id) is a router: take it out of its load balancer, then end it with SIGTERM")
        }
        print("\(state.id) drains")
    }
}
