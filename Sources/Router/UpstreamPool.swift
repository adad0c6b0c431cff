// SPDX-License-Identifier: Apache-2.0

import Cluster
import NIOCore
import NIOPosix

/// The connections of one event loop to the members.
final class UpstreamPool {
    private let loop: any EventLoop
    private let configuration: RouterConfiguration
    /// The loop that it is a part of, which names itself before it asks for anything.
    // swift-format-ignore: NeverUseImplicitlyUnwrappedOptionals
    unowned var owner: ForwardingLoop!
    private var links: [ObjectIdentifier: MemberLink] = [:]

    /// A connection that was not wanted for that long is closed. Members close theirs after 75 s.
    private static let idleTime: TimeAmount = .seconds(30)

    init(loop: any EventLoop, configuration: RouterConfiguration) {
        self.loop = loop
        self.configuration = configuration
    }

    /// What this loop keeps of the member. Found by identity: no text is hashed for a request.
    func link(to target: MemberGroup.Target) -> MemberLink {
        let key = ObjectIdentifier(target.inFlight)
        if let link = links[key] {
            if link.address != target.address { link.move(to: target.address) }
            return link
        }
        let link = MemberLink(target)
        links[key] = link
        return link
    }

    func connect(_ link: MemberLink, then: @escaping (Result<UpstreamConnection, any Error>) -> Void) {
        guard let (host, port) = link.endpoint else { return then(.failure(ChannelError.unknownLocalAddress)) }
        let bound = NIOLoopBound((owner!, link), eventLoop: loop)
        ClientBootstrap(group: loop)
            .connectTimeout(configuration.connectTimeout)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.socketOption(.so_rcvbuf), value: RouterServer.receiveBuffer)
            // One read at a time, which nearly always is a whole tile.
            .channelOption(.maxMessagesPerRead, value: 1)
            .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 64 << 10))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        UpstreamConnection(loop: bound.value.0, link: bound.value.1))
                }
            }
            .connect(host: host, port: port)
            .assumeIsolated()
            .whenComplete { result in
                then(
                    result.flatMap { channel in
                        Result { try channel.pipeline.syncOperations.handler(type: UpstreamConnection.self) }
                    })
            }
    }

    /// The exchange is through with the connection.
    func release(_ connection: UpstreamConnection) {
        connection.setReading(true)
        guard connection.isUsable, connection.address == connection.link.address,
            connection.link.idle.count < configuration.mostIdleConnections
        else { return connection.abandon() }
        connection.idleSince = owner.turn
        connection.link.idle.append(connection)
    }

    /// Closes those that nobody has wanted for long; the ones used last are at the end.
    func closeIdle(_ now: NIODeadline) {
        for link in links.values {
            while let first = link.idle.first, now - first.idleSince > Self.idleTime {
                link.idle.removeFirst()
                first.abandon()
            }
        }
    }

    func closeAll() {
        for link in links.values { link.closeIdle() }
    }
}
