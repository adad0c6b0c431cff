// SPDX-License-Identifier: Apache-2.0

import Glibc
package import NIOCore
package import NIOHTTP1
import NIOPosix
import Synchronization

/// An HTTP/1.1 server over NIO for the public side, the cluster port and the admin port of a role.
package final class HTTPServer: Sendable {
    package struct Configuration: Sendable {
        package var host: String
        /// 0: any free port.
        package var port: Int
        /// The longest body taken; requests of ours are short.
        package var bodyLimit = 1 << 20
        /// A connection without a request for that long is closed.
        package var idleTimeout: Duration = .seconds(75)
        package var backlog = 1024
        /// Whether another process may listen at the same port.
        package var sharesPort = false

        package init(host: String, port: Int, sharesPort: Bool = false) {
            self.host = host
            self.port = port
            self.sharesPort = sharesPort
        }
    }

    /// The address cannot be listened at.
    package struct BindFailure: Error, CustomStringConvertible {
        package let description: String

        package init(description: String) { self.description = description }
    }

    private let channel: any Channel
    private let connections: Connections
    private let active: ActiveRequests
    package let host: String
    package let port: Int

    private init(channel: any Channel, connections: Connections, active: ActiveRequests, host: String) {
        self.channel = channel
        self.connections = connections
        self.active = active
        self.host = host
        port = channel.localAddress?.port ?? 0
    }

    /// `http://host:port` without a trailing slash.
    package var url: String { "http://\(host.contains(":") ? "[\(host)]" : host):\(port)" }

    /// Requests that have come in and are not answered yet.
    package var activeRequests: Int { active.count.load(ordering: .relaxed) }

    /// Listens and answers from now on.
    /// - Parameter decorate: adds headers that every answer of this server has.
    /// - Throws: `BindFailure` with a message for the user.
    package static func start(
        _ configuration: Configuration, group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        decorate: @escaping @Sendable (inout HTTPHeaders) -> Void = { _ in }, responder: any HTTPResponder
    ) async throws -> HTTPServer {
        let connections = Connections()
        let active = ActiveRequests()
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: Int32(configuration.backlog))
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(
                .socketOption(NIOBSDSocket.Option(rawValue: SO_REUSEPORT)), value: configuration.sharesPort ? 1 : 0)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let sync = channel.pipeline.syncOperations
                    try sync.addHandler(
                        IdleStateHandler(allTimeout: .nanoseconds(configuration.idleTimeout.nanoseconds)))
                    try sync.configureHTTPServerPipeline(withPipeliningAssistance: true, withErrorHandling: true)
                    try sync.addHandler(
                        HTTPServerHandler(
                            responder: responder, bodyLimit: configuration.bodyLimit, loop: channel.eventLoop,
                            active: active, decorate: decorate))
                    connections.add(channel)
                }
            }
        do {
            let channel = try await bootstrap.bind(host: configuration.host, port: configuration.port).get()
            return HTTPServer(channel: channel, connections: connections, active: active, host: configuration.host)
        } catch {
            let reason = (error as? IOError).map { "\($0)" } ?? "\(error)"
            throw BindFailure(
                description: "cannot listen at \(configuration.host):\(configuration.port): \(reason)")
        }
    }

    /// Takes no further connections and closes those that there are.
    package func shutDown() async {
        try? await channel.close().get()
        connections.closeAll()
    }

    /// Open connections, to close them at the end.
    private final class Connections: Sendable {
        private let channels = Mutex<[ObjectIdentifier: any Channel]>([:])

        func add(_ channel: any Channel) {
            let id = ObjectIdentifier(channel)
            channels.withLock { $0[id] = channel }
            channel.closeFuture.whenComplete { [weak self] _ in
                self?.channels.withLock { _ = $0.removeValue(forKey: id) }
            }
        }

        func closeAll() {
            for channel in channels.withLock({ Array($0.values) }) { channel.close(promise: nil) }
        }
    }
}

/// Counts the requests of all connections of a server.
final class ActiveRequests: Sendable {
    let count = Atomic<Int>(0)
}

extension Duration {
    /// Whole nanoseconds; NIO counts in these.
    package var nanoseconds: Int64 {
        components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000
    }
}
