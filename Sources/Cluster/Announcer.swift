// SPDX-License-Identifier: Apache-2.0

package import Logging
import NIOPosix
import Synchronization

/// Tells the routers that this member exists, again and again, and remembers whom they know.
package final class Announcer: Sendable {
    private let client: ClusterClient
    private let joins: [HostAndPort]
    private let discoveries: [DiscoverySource]
    private let clusterAddress: String
    private let logger: Logger
    /// What each discovery and each name to join stands for, by its name.
    private let found = Mutex<[String: Set<String>]>([:])
    private let known = Mutex<[String: [MemberState]]>([:])
    /// Routers whose absence has been logged: once is enough.
    private let complained = Mutex<Set<String>>([])

    package static let interval: Duration = .milliseconds(500)
    private static let timeout: Duration = .seconds(2)

    /// - Parameters:
    ///   - joins: `host:port` of routers' cluster ports; a name is resolved to all its addresses.
    ///   - discoveries: which find more of them.
    package init(
        client: ClusterClient, joins: [String], discoveries: [DiscoverySource] = [], clusterAddress: String,
        logger: Logger
    ) {
        self.client = client
        self.joins = joins.compactMap { HostAndPort($0) }
        self.discoveries = discoveries
        self.clusterAddress = clusterAddress
        self.logger = logger
    }

    /// The members that any router named in its last answer.
    package var members: [MemberState] {
        var newest: [String: MemberState] = [:]
        for state in known.withLock({ Array($0.values) }).joined() {
            if let other = newest[state.id], other.incarnation >= state.incarnation { continue }
            newest[state.id] = state
        }
        return Array(newest.values)
    }

    /// Announces until the task is cancelled. What fails is tried again: a router may come later.
    package func run() async {
        await withTaskGroup(of: Void.self) { group in
            for source in discoveries {
                let loop = DiscoveryLoop(source, logger: logger) { [self] addresses in
                    found.withLock { $0[source.name] = addresses }
                }
                group.addTask { await loop.run() }
            }
            group.addTask { await self.announceAgainAndAgain() }
        }
    }

    private func announceAgainAndAgain() async {
        while !Task.isCancelled {
            // Side by side: one that hangs must not keep the others from hearing of us.
            await withTaskGroup(of: Void.self) { group in
                for address in await addresses() { group.addTask { await self.announce(to: address) } }
            }
            try? await Task.sleep(for: Self.interval)
        }
    }

    private func announce(to address: String) async {
        do {
            let answer = try await client.heartbeat(
                Heartbeat(clusterAddress: clusterAddress), to: address, timeout: Self.timeout)
            known.withLock { $0[address] = answer.members }
            if complained.withLock({ $0.remove(address) }) != nil {
                logger.info("a router is reached again", metadata: ["router": "\(address)"])
            }
        } catch {
            known.withLock { _ = $0.removeValue(forKey: address) }
            if !Task.isCancelled, complained.withLock({ $0.insert(address).inserted }) {
                logger.notice("a router is not reached", metadata: ["router": "\(address)", "error": "\(error)"])
            }
        }
    }

    private func addresses() async -> [String] {
        for join in joins {
            let addresses = await Self.resolve(join)
            // A name that cannot be resolved now keeps the addresses that it had.
            if !addresses.isEmpty { found.withLock { $0[join.description] = Set(addresses) } }
        }
        let result = found.withLock { $0.values.reduce(into: Set<String>()) { $0.formUnion($1) } }
        // A router that was replaced at another address answers no more, and what it said no longer counts.
        known.withLock { known in known = known.filter { result.contains($0.key) } }
        return Array(result)
    }

    /// All addresses of a name: behind one there may be several routers, and each has to be told.
    private static func resolve(_ join: HostAndPort) async -> [String] {
        if join.isAddress { return [join.description] }
        return (try? await NIOThreadPool.singleton.runIfActive {
            NameResolution.addresses(of: join.host, port: join.port)
        }) ?? []
    }
}
