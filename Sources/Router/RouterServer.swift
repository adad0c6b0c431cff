// SPDX-License-Identifier: Apache-2.0

import Glibc
package import HTTPService
import NIOCore
package import NIOPosix
import Synchronization

/// The front door: an affinity reverse proxy. Connections to members are pooled on the event loop of the client that uses
/// them, so that no request changes threads.
package final class RouterServer: Sendable {
    private let channel: any Channel
    private let loops: [NIOLoopBound<ForwardingLoop>]
    private let shared: RouterShared
    package let host: String
    package let port: Int

    /// What the system keeps of what a connection sends and we have not read: it bounds what comes at once when a peer
    /// ends that was not read from.
    static let receiveBuffer = 256 << 10

    private init(channel: any Channel, loops: [NIOLoopBound<ForwardingLoop>], shared: RouterShared, host: String) {
        self.channel = channel
        self.loops = loops
        self.shared = shared
        self.host = host
        port = channel.localAddress?.port ?? 0
    }

    package var url: String { "http://\(host.contains(":") ? "[\(host)]" : host):\(port)" }

    /// Listens and forwards from now on.
    /// - Parameter local: answers what the router answers itself, paths of 32 characters at most that name no document; 404
    ///   means that it is to be forwarded.
    package static func start(
        core: RouterCore, group: MultiThreadedEventLoopGroup = .singleton, local: any HTTPResponder
    ) async throws -> RouterServer {
        let configuration = core.configuration
        let shared = RouterShared(core: core, local: local)
        raiseFileLimit()
        var loops: [NIOLoopBound<ForwardingLoop>] = []
        for loop in group.makeIterator() {
            loops.append(try await loop.submit { makeLoop(loop, shared) }.get())
        }
        let byLoop = Dictionary(uniqueKeysWithValues: loops.map { (ObjectIdentifier($0.eventLoop), $0) })
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 4096)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(.socketOption(.so_rcvbuf), value: receiveBuffer)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelOption(.recvAllocator, value: RequestReadSizes())
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let loop = byLoop[ObjectIdentifier(channel.eventLoop)]?.value else {
                        throw ChannelError.operationUnsupported
                    }
                    try admit(channel, loop)
                }
            }
        do {
            let channel =
                configuration.sharesPort
                ? try await SharedListener.bind(bootstrap, host: configuration.host, port: configuration.port)
                : try await bootstrap.bind(host: configuration.host, port: configuration.port).get()
            return RouterServer(channel: channel, loops: loops, shared: shared, host: configuration.host)
        } catch {
            throw HTTPServer.BindFailure(
                description: "cannot listen at \(configuration.host):\(configuration.port): \(error)")
        }
    }

    private static func makeLoop(_ loop: any EventLoop, _ shared: RouterShared) -> NIOLoopBound<ForwardingLoop> {
        let bound = NIOLoopBound(ForwardingLoop(loop: loop, shared: shared), eventLoop: loop)
        let interval = ForwardingLoop.turnInterval
        loop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in bound.value.takeTurn() }
        return bound
    }

    private static func admit(_ channel: any Channel, _ loop: ForwardingLoop) throws {
        let peer = channel.remoteAddress?.ipAddress ?? "local"
        let sync = channel.pipeline.syncOperations
        if let reason = loop.shared.doors.enter(peer) {
            loop.shared.core.metrics.refuse(reason)
            return try sync.addHandler(RefusedConnection())
        }
        let isTrusted = loop.configuration.trustedProxies.contains(peer)
        try sync.addHandler(ClientConnection(loop: loop, peer: peer, isTrusted: isTrusted))
    }

    /// Each client may need two descriptors; what a login shell allows by default is 1,024.
    private static func raiseFileLimit() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(7), &limit) == 0, limit.rlim_cur < limit.rlim_max else { return }
        limit.rlim_cur = limit.rlim_max
        _ = setrlimit(__rlimit_resource_t(7), &limit)
    }

    /// What waits for this member shall go elsewhere.
    package func memberUnreachable(_ address: String) {
        for loop in loops { loop.eventLoop.execute { loop.value.memberUnreachable(address) } }
    }

    /// Takes no further connections, lets what is under way end, for `grace` at most, and closes what is left.
    /// - Parameter farewell: for so long clients may still ask over the connections that they have; the answer tells them
    ///   to connect anew. Closing a connection on which a request is just coming would fail that request.
    package func shutDown(grace: Duration, farewell: Duration = .zero) async {
        shared.isStopping.store(true, ordering: .relaxed)
        try? await channel.close().get()
        let start = ContinuousClock.now
        while shared.doors.count > 0, ContinuousClock.now < start + farewell + grace {
            if ContinuousClock.now >= start + farewell { closeIdle() }
            try? await Task.sleep(for: .milliseconds(20))
        }
        for loop in loops { loop.eventLoop.execute { loop.value.closeAll(idle: false) } }
    }

    private func closeIdle() {
        for loop in loops { loop.eventLoop.execute { loop.value.closeAll(idle: true) } }
    }
}
