// SPDX-License-Identifier: Apache-2.0

package import HTTPService
import NIOCore
import NIOHTTP1
package import NIOPosix

/// The front door: an affinity reverse proxy. Connections to members are pooled on the event loop of the client that uses
/// them, so that no request changes threads.
package final class RouterServer: Sendable {
    private let core: RouterCore
    private let channel: any Channel
    private let pools: [ObjectIdentifier: NIOLoopBound<UpstreamPool>]
    package let host: String
    package let port: Int

    private static let expiryInterval: TimeAmount = .milliseconds(250)

    private init(
        core: RouterCore, channel: any Channel, pools: [ObjectIdentifier: NIOLoopBound<UpstreamPool>], host: String
    ) {
        self.core = core
        self.channel = channel
        self.pools = pools
        self.host = host
        port = channel.localAddress?.port ?? 0
    }

    package var url: String { "http://\(host.contains(":") ? "[\(host)]" : host):\(port)" }

    /// Listens and forwards from now on.
    /// - Parameter local: answers what the router answers itself; 404 means that it is to be forwarded.
    package static func start(
        core: RouterCore, group: MultiThreadedEventLoopGroup = .singleton, local: any HTTPResponder
    ) async throws -> RouterServer {
        let configuration = core.configuration
        var pools: [ObjectIdentifier: NIOLoopBound<UpstreamPool>] = [:]
        for loop in group.makeIterator() {
            let pool = try await loop.submit {
                let pool = UpstreamPool(loop: loop, configuration: configuration)
                let bound = NIOLoopBound(pool, eventLoop: loop)
                loop.scheduleRepeatedTask(initialDelay: expiryInterval, delay: expiryInterval) { _ in
                    bound.value.expire()
                }
                return bound
            }.get()
            pools[ObjectIdentifier(loop)] = pool
        }
        let byLoop = pools
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let pool = byLoop[ObjectIdentifier(channel.eventLoop)] else {
                        throw ChannelError.operationUnsupported
                    }
                    let sync = channel.pipeline.syncOperations
                    try sync.addHandler(IdleStateHandler(allTimeout: configuration.idleTimeout))
                    try sync.configureHTTPServerPipeline(withPipeliningAssistance: true, withErrorHandling: true)
                    try sync.addHandler(ClientHandler(core: core, pool: pool.value, local: local))
                }
            }
        do {
            let channel =
                configuration.sharesPort
                ? try await SharedListener.bind(bootstrap, host: configuration.host, port: configuration.port)
                : try await bootstrap.bind(host: configuration.host, port: configuration.port).get()
            return RouterServer(core: core, channel: channel, pools: pools, host: configuration.host)
        } catch {
            throw HTTPServer.BindFailure(
                description: "cannot listen at \(configuration.host):\(configuration.port): \(error)")
        }
    }

    /// What waits for this member shall go elsewhere.
    package func memberUnreachable(_ address: String) {
        for pool in pools.values { pool.eventLoop.execute { pool.value.memberUnreachable(address) } }
    }

    /// Takes no further connections, lets what is under way end, for `grace` at most, and closes the connections to members.
    /// - Parameter farewell: for so long clients may still ask over the connections that they have; the answer tells them
    ///   to connect anew. Closing a connection on which a request is just coming would fail that request.
    package func shutDown(grace: Duration, farewell: Duration = .zero) async {
        core.stopKeepingConnections()
        try? await channel.close().get()
        try? await Task.sleep(for: farewell)
        let deadline = ContinuousClock.now + grace
        while await activeExchanges > 0, ContinuousClock.now < deadline {
            try? await Task.sleep(for: .milliseconds(20))
        }
        for pool in pools.values { pool.eventLoop.execute { pool.value.closeAll() } }
    }

    private var activeExchanges: Int {
        get async {
            var count = 0
            for pool in pools.values {
                count += (try? await pool.eventLoop.submit { pool.value.activeExchanges }.get()) ?? 0
            }
            return count
        }
    }
}
