// SPDX-License-Identifier: Apache-2.0

package import Logging
import NIOCore
import NIOPosix
import Synchronization

/// Tells the routers that this member exists, again and again, and remembers whom they know.
package final class Announcer: Sendable {
    private let client: ClusterClient
    private let joins: [String]
    private let clusterAddress: String
    private let logger: Logger
    private let known = Mutex<[String: [MemberState]]>([:])
    /// Routers whose absence has been logged: once is enough.
    private let complained = Mutex<Set<String>>([])

    package static let interval: Duration = .milliseconds(500)
    private static let timeout: Duration = .seconds(2)

    /// - Parameter joins: `host:port` of routers' cluster ports; a name is resolved to all its addresses.
    package init(client: ClusterClient, joins: [String], clusterAddress: String, logger: Logger) {
        self.client = client
        self.joins = joins
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
        var result: [String] = []
        for join in joins {
            for address in await Self.resolve(join) where !result.contains(address) { result.append(address) }
        }
        return result
    }

    /// All addresses of a name: behind one there may be several routers, and each has to be told.
    private static func resolve(_ join: String) async -> [String] {
        guard let colon = join.lastIndex(of: ":"), let port = Int(join[join.index(after: colon)...]) else { return [] }
        let host = join[..<colon].filter { $0 != "[" && $0 != "]" }
        if (try? SocketAddress(ipAddress: host, port: port)) != nil { return [join] }
        return
            (try? await NIOThreadPool.singleton.runIfActive { NameResolution.addresses(of: host, port: port) }) ?? []
    }
}
